use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use entities::record;

use super::{
    enums::RecordKind,
    node::{self, Node},
};
use crate::{
    graphql::{
        OperationError,
        execution::context_ext::ContextExt,
        relay::connection::{PageArgs, PageInfo, wants_page},
    },
    search::{self, ParsedSearch, Search, SearchHit, Window},
    store::list::Page,
};

/// A page of search results, best match first.
pub struct SearchConnection {
    understood: ParsedSearch,
    window: Window,
    page: Page<SearchHit>,
}

/// A search result with its cursor.
pub struct SearchEdge {
    cursor: String,
    found: SearchHit,
}

/// A part of a record that contains words of the query.
#[derive(SimpleObject)]
pub struct SearchHighlight {
    /// The part of the record.
    field: SearchField,
    /// The text for display. Of a long text, an excerpt around the first match, with `…` where it
    /// was cut. It is plain text without markup: escape it before you put it into HTML.
    text: String,
    /// The ranges of the matched words in `text`: whole words, in order, without overlaps; at least
    /// one.
    ranges: Vec<TextRange>,
}

/// A range of a string, in UTF-16 code units as in JavaScript, Java and C#:
/// `text.slice(start, start + length)`. Emoji and characters of some rare scripts take two units;
/// all others take one.
#[derive(SimpleObject)]
pub struct TextRange {
    /// The index of the first code unit, from 0.
    start: i32,
    /// The number of code units.
    length: i32,
}

/// A part of a record that search looks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "search::HighlightField")]
pub enum SearchField {
    /// The title or name. For a membership, chair term or provision, a title made from the records
    /// that it links.
    Title,
    /// Another name of the record: an acronym, a code or an alias.
    Name,
    /// The context of the record: a city, country, party, body, publisher, kind or year.
    Context,
    /// The text of the record: a summary, a statement or the areas of a work programme.
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
            .once(signature.clone(), async |store| search.interpret(&store).await)
            .await?;
        let page = match wants_page(ctx) {
            true => {
                let key = (signature, window.clone());
                ctx.loaders()
                    .once(key, async |store| understood.page(&store, &window).await)
                    .await?
            }
            false => Page::default(),
        };
        Ok(Self { understood, window, page })
    }
}

async fn node(ctx: &Context<'_>, found: &SearchHit) -> Result<Node> {
    let node = Box::pin(node::of_kind(ctx, found.kind, found.id)).await?;
    node.ok_or_else(|| OperationError::RecordRemoved.into())
}

/// A page of search results, best match first. A cursor is valid only for a search with the same
/// `query` and `kinds`.
#[Object]
impl SearchConnection {
    /// The records of the page.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Node>> {
        let nodes = self.page.rows.iter().map(|found| node(ctx, found));
        futures_util::future::try_join_all(nodes).await
    }

    /// The records of the page, each with its cursor, score and highlights.
    async fn edges(&self) -> Vec<SearchEdge> {
        let edge = |found: &SearchHit| SearchEdge {
            cursor: self.understood.search().cursor(found),
            found: found.clone(),
        };
        self.page.rows.iter().map(edge).collect()
    }

    /// The position of the page in the results.
    async fn page_info(&self) -> PageInfo {
        let Window { backward, after, before, .. } = &self.window;
        let around = (after.is_some(), before.is_some());
        let cursor = |found: &SearchHit| self.understood.search().cursor(found);
        PageInfo::of(&self.page, *backward, around, cursor)
    }

    /// The number of records found, over all pages.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let key = self.understood.search().signature().to_string();
        Ok(ctx.loaders().once(key, async |store| self.understood.count(&store).await).await?)
    }
}

/// A search result.
#[Object]
impl SearchEdge {
    /// The record's position in the results: pass it as `after` or `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The record.
    async fn node(&self, ctx: &Context<'_>) -> Result<Node> {
        node(ctx, &self.found).await
    }

    /// The relevance of the record: higher is better. Scores of different searches are not
    /// comparable.
    async fn score(&self) -> i64 {
        self.found.score
    }

    /// The parts of the record that contain words of the query, the title first. Empty if only the
    /// slug contains them.
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
