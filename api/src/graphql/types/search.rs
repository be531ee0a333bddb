use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use entities::record;

use super::{
    kinds::RecordKind,
    node::{self, Node},
};
use crate::{
    graphql::{
        pagination::{PageArgs, PageInfo, wants_page},
        reads::Reads,
    },
    search::{self, Found, Search, Understood, Window},
    store::list::Page,
};

/// A page of what a search found, best first.
pub struct SearchConnection {
    understood: Understood,
    window: Window,
    page: Page<Found>,
}

/// A record that a search found, with its place among the results.
pub struct SearchEdge {
    cursor: String,
    found: Found,
}

/// A part of a record in which words of the query were found.
#[derive(SimpleObject)]
pub struct SearchHighlight {
    /// Which part of the record.
    field: SearchField,
    /// The part as it is shown; of a long text an excerpt around the first hit, with `…` where it was cut. Plain text, without any
    /// markup: escape it as any other.
    text: String,
    /// Where the found words stand in `text`: whole words, in its order, none over another; at least one.
    ranges: Vec<TextRange>,
}

/// A stretch of a text, counted in UTF-16 code units, as strings of JavaScript, Java and C# are: `text.slice(start, start + length)`.
/// Emoji and rare scripts take two units; where a text has none, the numbers count characters.
#[derive(SimpleObject)]
pub struct TextRange {
    /// The first unit, from 0.
    start: i32,
    /// How many units.
    length: i32,
}

/// The parts of a record that search looks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "search::HighlightField")]
pub enum SearchField {
    /// The title or name; of a membership, a chair term or a provision one made of what it links.
    Title,
    /// Another name of it: an acronym, a code, an alias.
    Name,
    /// What surrounds it: a city, a country, a party, a body, a publisher, a kind, a year.
    Context,
    /// What it says: a summary, a statement, the areas of a work programme.
    Text,
}

impl SearchConnection {
    pub(crate) async fn of(
        ctx: &Context<'_>,
        query: &str,
        kinds: Option<Vec<RecordKind>>,
        args: PageArgs,
    ) -> Result<Self> {
        let kinds = kinds.map(|kinds| kinds.into_iter().map(record::RecordKind::from).collect());
        let search = Search::new(query, kinds);
        let (limit, backward) = args.extent()?;
        let (after, before) = args.places(|cursor| search.seek(cursor))?;
        let window = Window { limit, backward, after, before };
        let signature = search.signature().to_string();
        let understood = ctx
            .loaders()
            .once(signature.clone(), async |store| search.understand(&store).await)
            .await?;
        let page = match wants_page(ctx) {
            true => {
                let key = format!("{signature} {window:?}");
                ctx.loaders()
                    .once(key, async |store| understood.page(&store, &window).await)
                    .await?
            }
            false => Page::default(),
        };
        Ok(Self { understood, window, page })
    }
}

async fn node(ctx: &Context<'_>, found: &Found) -> Result<Node> {
    let node = Box::pin(node::of_kind(ctx, found.kind, found.id)).await?;
    node.ok_or_else(|| async_graphql::Error::new("the record was removed meanwhile; ask again"))
}

/// A page of what a search found, best first. Pages joined are the whole list; use a cursor with the same `query` and `kinds`.
#[Object]
impl SearchConnection {
    /// The records of the page.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Node>> {
        let nodes = self.page.rows.iter().map(|found| node(ctx, found));
        futures_util::future::try_join_all(nodes).await
    }

    /// The records of the page, each with its cursor, its score and where the words were found.
    async fn edges(&self) -> Vec<SearchEdge> {
        let edge = |found: &Found| SearchEdge {
            cursor: self.understood.search().cursor(found),
            found: found.clone(),
        };
        self.page.rows.iter().map(edge).collect()
    }

    /// Where the page stands among the results.
    async fn page_info(&self) -> PageInfo {
        let Window { backward, after, before, .. } = &self.window;
        let around = (after.is_some(), before.is_some());
        let cursor = |found: &Found| self.understood.search().cursor(found);
        PageInfo::of(&self.page, *backward, around, cursor)
    }

    /// How many records the search found, over all pages.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let key = self.understood.search().signature().to_string();
        Ok(ctx.loaders().once(key, async |store| self.understood.count(&store).await).await?)
    }
}

/// A record that a search found.
#[Object]
impl SearchEdge {
    /// The record's place among the results: pass it as `after` or `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The record itself.
    async fn node(&self, ctx: &Context<'_>) -> Result<Node> {
        node(ctx, &self.found).await
    }

    /// How well the record fits: the higher, the better. To be compared within one search only.
    async fn score(&self) -> i64 {
        self.found.score
    }

    /// Where the words of the query stand in the record, the title first. Empty where only its slug has them.
    async fn highlights(&self) -> Vec<SearchHighlight> {
        let unit = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let range = |(start, length): (usize, usize)| TextRange {
            start: unit(start),
            length: unit(length),
        };
        let highlight = |highlight: search::Highlight| SearchHighlight {
            field: highlight.field.into(),
            text: highlight.text,
            ranges: highlight.ranges.into_iter().map(range).collect(),
        };
        self.found.highlights.iter().cloned().map(highlight).collect()
    }
}
