//! The source of a generator's decisions.

/// Decisions read from bytes. A shorter tape and smaller bytes produce a simpler input, so that
/// proptest can shrink a failing one. After the end of the tape, every decision is the simplest.
pub struct Tape<'t> {
    bytes: &'t [u8],
    /// Remaining budget for lengths above [`FEW`]. It limits the total size of an input.
    room: usize,
}

/// Lengths up to this one do not use the budget.
const FEW: usize = 20;

impl<'t> Tape<'t> {
    pub fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, room: 20_000 }
    }

    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number from 0 to `bound` - 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let number = match bound {
            0..=256 => usize::from(self.byte()),
            _ => {
                usize::from(self.byte()) << 16
                    | usize::from(self.byte()) << 8
                    | usize::from(self.byte())
            }
        };
        number % bound.max(1)
    }

    /// True with this probability.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// A number of repetitions: mostly a few, rarely thousands.
    pub fn length(&mut self) -> usize {
        let length = match self.below(100) {
            0..=69 => self.below(4),
            70..=94 => self.below(FEW),
            95..=98 => self.below(400),
            _ => self.below(20_000),
        };
        if length <= FEW {
            return length;
        }
        let length = length.min(self.room);
        self.room -= length;
        length
    }

    pub fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Changes a few bytes.
    pub fn mutate(&mut self, bytes: &mut Vec<u8>) {
        const TOKENS: [&[u8]; 14] = [
            b"{",
            b"}",
            b"\"",
            b"\\",
            b"$",
            b"@",
            b"...",
            b"null",
            b"[",
            b"\0",
            b"\xff",
            b"\xed\xa0\x80",
            b"\n",
            b"\\ud800",
        ];
        for _ in 0..1 + self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(12)).min(bytes.len());
            match self.below(6) {
                0 if at < end => drop(bytes.drain(at..end)),
                1 if at < end => bytes[at] ^= 1 << self.below(8),
                2 if at < end => bytes[at] = self.byte(),
                3 => drop(bytes.splice(at..at, self.pick(&TOKENS).iter().copied())),
                4 => bytes.truncate(at),
                _ => {
                    let part: Vec<u8> = bytes[at..end].repeat(1 + self.length());
                    drop(bytes.splice(at..at, part));
                }
            }
        }
    }
}

/// Pseudo-random bytes for a tape, determined by the seed.
pub fn random(seed: u64, length: usize) -> Vec<u8> {
    // SplitMix64 (Steele, Lea and Flood 2014).
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)).to_le_bytes()
    };
    let mut bytes: Vec<u8> =
        std::iter::repeat_with(&mut next).take(length / 8 + 1).flatten().collect();
    bytes.truncate(length);
    bytes
}
