//! Counts open connections or WebSockets, in total and by client address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard},
};

/// Limits the number of connections or WebSockets.
#[derive(Debug)]
pub struct Registry {
    /// In total.
    max: usize,
    /// From one client address; 0 for no limit.
    max_per_address: usize,
    /// Over these limits: connections that are accepted only to get an error.
    reserve: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    reserved: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A slot for a connection or WebSocket, freed when the value is dropped.
#[derive(Debug)]
pub struct Slot {
    registry: Arc<Registry>,
    address: IpAddr,
    is_reserve: bool,
}

impl Registry {
    pub fn new(max: usize, max_per_address: usize, reserve: usize) -> Arc<Self> {
        Arc::new(Self { max, max_per_address, reserve, counts: Mutex::default() })
    }

    /// A slot for a client; `None` if all are taken.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let address = client(address);
        let mut counts = self.counts();
        let of_address = counts.by_address.get(&address).copied().unwrap_or(0);
        let fits = counts.total < self.max
            && (self.max_per_address == 0 || of_address < self.max_per_address);
        if fits {
            counts.total += 1;
            *counts.by_address.entry(address).or_default() += 1;
        } else if counts.reserved < self.reserve {
            counts.reserved += 1;
        } else {
            return None;
        }
        Some(Slot { registry: self.clone(), address, is_reserve: !fits })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().expect("nothing panics while the lock is held")
    }
}

impl Slot {
    /// Whether the connection is over the limits, and only gets an error.
    pub fn is_reserve(&self) -> bool {
        self.is_reserve
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.registry.counts();
        if self.is_reserve {
            counts.reserved -= 1;
            return;
        }
        counts.total -= 1;
        if let Some(of_address) = counts.by_address.get_mut(&self.address) {
            *of_address -= 1;
            if *of_address == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

/// The address by which a client is counted: an IPv4 address, or the /64 network of an IPv6
/// address, because a host usually has the whole network.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn bounds_hold_in_all_and_by_address_and_a_dropped_slot_is_free_again() {
        let registry = Registry::new(3, 2, 0);
        let first = registry.admit(address("192.0.2.1"));
        let second = registry.admit(address("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(registry.admit(address("192.0.2.1")).is_none(), "two of one address");
        let third = registry.admit(address("192.0.2.2"));
        assert!(third.is_some());
        assert!(registry.admit(address("192.0.2.3")).is_none(), "three in all");
        drop(first);
        assert!(registry.admit(address("192.0.2.1")).is_some());
    }

    #[test]
    fn hosts_of_one_ipv6_network_are_one_client() {
        let registry = Registry::new(10, 1, 0);
        let _first = registry.admit(address("2001:db8::1"));
        assert!(registry.admit(address("2001:db8::2")).is_none());
        assert!(registry.admit(address("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn the_reserve_takes_those_beyond_the_bounds() {
        let registry = Registry::new(1, 0, 1);
        let first = registry.admit(address("192.0.2.1")).expect("a slot");
        let second = registry.admit(address("192.0.2.1")).expect("a slot of the reserve");
        assert!(!first.is_reserve() && second.is_reserve());
        assert!(registry.admit(address("192.0.2.1")).is_none());
        drop(second);
        assert!(registry.admit(address("192.0.2.1")).is_some_and(|slot| slot.is_reserve()));
    }
}
