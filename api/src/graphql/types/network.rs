use async_graphql::{Context, Enum, Object, Result, SimpleObject};

use super::party::Party;
use crate::{
    analysis,
    graphql::{plain::One, reads::Reads, scalars::PartyCode},
};

/// What binds the parties of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "analysis::Relation")]
pub enum NetworkRelation {
    /// They host or co-host the same event. The weight of a link is the number of such events.
    #[graphql(name = "HOSTS_WITH")]
    Hosts,
    /// They hold the seats of the same chair term. The weight of a link is the number of such terms. With a filter, a term counts if its body held an event that fits while it ran.
    #[graphql(name = "CO_CHAIRS_WITH")]
    CoChairs,
    /// They have a part in the same event, whichever. The weight of a link is the number of such events. Sources do not always name everybody.
    #[graphql(name = "TAKES_PART_WITH")]
    TakesPart,
}

/// Parties and what binds them, ready to be drawn: links name their ends by code.
#[derive(SimpleObject)]
pub struct Network {
    /// The parties that are bound to at least one other; largest `weightedDegree` first.
    nodes: Vec<NetworkNode>,
    /// Pairs of parties, each once, without direction; largest `weight` first.
    links: Vec<NetworkLink>,
}

/// A party in a network.
pub struct NetworkNode(analysis::Node);

/// A party in a network.
#[Object]
impl NetworkNode {
    /// The party.
    async fn party(&self, ctx: &Context<'_>) -> Result<One<Party>> {
        ctx.one(self.0.party).await
    }

    /// With how many others it is bound.
    fn degree(&self) -> i64 {
        self.0.degree
    }

    /// The sum of the weights of its links.
    fn weighted_degree(&self) -> i64 {
        self.0.weighted_degree
    }
}

/// Two parties of a network.
#[derive(SimpleObject)]
pub struct NetworkLink {
    /// The code of the one; of the two codes the first in the alphabet.
    source: PartyCode,
    /// The code of the other.
    target: PartyCode,
    /// How often both did it together.
    weight: i64,
}

impl From<analysis::Network> for Network {
    fn from(network: analysis::Network) -> Self {
        let link = |link: analysis::Link| {
            let [source, target] = link
                .codes
                .map(|code| PartyCode(code.parse().expect("the database has only valid codes")));
            NetworkLink { source, target, weight: link.weight }
        };
        Self {
            nodes: network.nodes.into_iter().map(NetworkNode).collect(),
            links: network.links.into_iter().map(link).collect(),
        }
    }
}
