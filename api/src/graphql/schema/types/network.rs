use async_graphql::{Context, Enum, Object, Result, SimpleObject};

use super::party::Party;
use crate::{
    analysis,
    graphql::{
        execution::context_ext::ContextExt, macros::sync_fields::Obj, schema::scalars::PartyCode,
    },
};

/// The kind of link between the parties of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "analysis::Relation")]
pub enum NetworkRelation {
    /// The parties hosted or co-hosted the same event. The weight of a link is the number of such
    /// events.
    #[graphql(name = "HOSTS_WITH")]
    Hosts,
    /// The parties hold the seats of the same chair term. The weight of a link is the number of
    /// such terms. With a filter, a term counts only if its body held a matching event during the
    /// term.
    #[graphql(name = "CO_CHAIRS_WITH")]
    CoChairs,
    /// The parties had a role, of any kind, in the same event. The weight of a link is the number
    /// of such events. Sources do not always name all participants.
    #[graphql(name = "TAKES_PART_WITH")]
    TakesPart,
}

crate::heap_size::heap_size! {
    NetworkRelation {}
}

/// A network of parties, for drawing as a graph. The links refer to the parties by code.
#[derive(SimpleObject)]
pub struct Network {
    /// The parties with at least one link; largest `weightedDegree` first.
    nodes: Vec<NetworkNode>,
    /// The undirected links, each pair of parties once; largest `weight` first.
    links: Vec<NetworkLink>,
}

/// A party in a network.
pub struct NetworkNode(analysis::NetworkNode);

/// A party in a network.
#[Object]
impl NetworkNode {
    /// The party.
    async fn party(&self, ctx: &Context<'_>) -> Result<Obj<Party>> {
        ctx.load_required(self.0.party).await
    }

    /// The number of parties that it is linked to.
    fn degree(&self) -> i64 {
        self.0.degree
    }

    /// The sum of the weights of its links.
    fn weighted_degree(&self) -> i64 {
        self.0.weighted_degree
    }
}

/// A link between two parties of a network.
#[derive(SimpleObject)]
pub struct NetworkLink {
    /// The code of one party: the first of the two codes in alphabetical order.
    source: PartyCode,
    /// The code of the other party.
    target: PartyCode,
    /// The number of events or chair terms that the two parties share.
    weight: i64,
}

impl From<analysis::Network> for Network {
    fn from(network: analysis::Network) -> Self {
        let link = |link: analysis::NetworkEdge| {
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
