//! The cost of an operation, computed before it runs, and its limits.

use std::collections::HashMap;

use apollo_compiler::{
    ExecutableDocument, Name,
    executable::{Field, Selection, SelectionSet},
};
use async_graphql::Value;
use serde_json::{Map, Value as Json};

use super::{error::OperationError, input_size::InputSize};
use crate::{
    config::Limits,
    graphql::relay::connection::{DEFAULT_PAGE, MAX_PAGE},
    store::lengths::ListLengths,
};

impl Limits {
    /// Fails if a response has more than `max_response` bytes.
    pub fn check_bytes(&self, bytes: usize) -> Result<(), OperationError> {
        match bytes as u64 <= self.max_response {
            true => Ok(()),
            false => Err(OperationError::bytes(bytes as u64, self.max_response)),
        }
    }

    /// Fails if arguments exceed a limit.
    pub fn check_input(&self, input: InputSize) -> Result<(), OperationError> {
        Cost { input, ..Cost::default() }.check(self)
    }
}

/// The cost of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub depth: u64,
    pub fields: u64,
    pub root_fields: u64,
    pub aliases: u64,
    pub directives: u64,
    pub tokens: u64,
    /// Maximum number of objects of the response.
    pub nodes: u64,
    /// Maximum number of values of the response, weighted by what they cost to compute.
    pub values: u64,
    /// The size of the arguments.
    pub input: InputSize,
}

/// A measure of an operation: its value, its limit, and how to get below the limit.
struct Measure {
    name: &'static str,
    value: u64,
    limit: u64,
    advice: &'static str,
}

impl Cost {
    fn measures(&self, limits: &Limits) -> [Measure; 12] {
        let measure = |name, value, limit, advice| Measure { name, value, limit, advice };
        [
            measure(
                "depth",
                self.depth,
                limits.max_depth,
                "nest fewer fields, and request the rest separately",
            ),
            measure(
                "fields",
                self.fields,
                limits.max_fields,
                "select fewer fields, or spread fragments less often",
            ),
            measure(
                "rootFields",
                self.root_fields,
                limits.max_root_fields,
                "split the operation into several requests",
            ),
            measure(
                "aliases",
                self.aliases,
                limits.max_aliases,
                "get several records with a list's filter instead of one alias each",
            ),
            measure("directives", self.directives, limits.max_directives, "use fewer directives"),
            measure(
                "tokens",
                self.tokens,
                limits.max_tokens,
                "split the document, and pass long lists as variables",
            ),
            measure(
                "nodes",
                self.nodes,
                limits.max_nodes,
                "request smaller pages with `first` or `last`, especially of nested lists",
            ),
            measure(
                "values",
                self.values,
                limits.max_values,
                "select fewer fields, especially `cite`, or request smaller pages",
            ),
            measure(
                "conditions",
                self.input.conditions,
                limits.max_conditions,
                "use fewer filter conditions, or split the operation",
            ),
            measure(
                "listValues",
                self.input.values,
                limits.max_list_values,
                "pass shorter lists, and request the rest separately",
            ),
            measure(
                "filterDepth",
                self.input.depth,
                limits.max_filter_depth,
                "nest fewer levels of `and`, `or` and `not`",
            ),
            measure(
                "wordLength",
                self.input.word_length,
                limits.max_word,
                "shorten the word or list entry",
            ),
        ]
    }

    /// Fails with the first measure that is over its limit.
    pub fn check(&self, limits: &Limits) -> Result<(), OperationError> {
        match self.measures(limits).into_iter().find(|measure| measure.value > measure.limit) {
            None => Ok(()),
            Some(Measure { name, value, limit, advice }) => {
                Err(OperationError::LimitExceeded { measure: name, value, limit, advice })
            }
        }
    }

    /// The value of `extensions.cost`: each measure with its limit.
    pub fn report(&self, limits: &Limits) -> Value {
        let measures = self.measures(limits).into_iter();
        let measure = |measure: Measure| {
            let of = [("value", measure.value), ("limit", measure.limit)];
            let of = of.map(|(name, number)| (async_graphql::Name::new(name), number.into()));
            (async_graphql::Name::new(measure.name), Value::Object(of.into_iter().collect()))
        };
        Value::Object(measures.map(measure).collect())
    }

    /// Adds the cost of a sibling selection.
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.fields = self.fields.saturating_add(other.fields);
        self.root_fields = self.root_fields.saturating_add(other.root_fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.values = self.values.saturating_add(other.values);
        self.input.add(other.input);
    }
}

/// Computes costs for one document and one set of variables. Each fragment is measured once per
/// page size, so the time is linear in the document, however often fragments spread each other.
pub struct CostEstimator<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Map<String, Json>,
    lengths: &'d ListLengths,
    /// By fragment and by the size of the page that it is spread on. `None` while it is being
    /// measured.
    fragments: HashMap<(&'d Name, Option<u64>), Option<Cost>>,
}

impl<'d> CostEstimator<'d> {
    pub fn new(
        document: &'d ExecutableDocument,
        variables: &'d Map<String, Json>,
        lengths: &'d ListLengths,
    ) -> Self {
        Self { document, variables, lengths, fragments: HashMap::new() }
    }

    /// The cost of an operation with this selection set, without its tokens: the parser counts
    /// those.
    pub fn operation(&mut self, root: &'d SelectionSet) -> Cost {
        self.selections(root, None)
    }

    /// `page` is the page size if the selection set is on a connection or a comparison.
    fn selections(&mut self, set: &'d SelectionSet, page: Option<u64>) -> Cost {
        let mut cost = Cost::default();
        for selection in &set.selections {
            cost.directives = cost.directives.saturating_add(selection.directives().len() as u64);
            cost.add(match selection {
                Selection::Field(field) => self.field(field, page),
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.selection_set, page)
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name, page),
            });
        }
        cost
    }

    fn fragment(&mut self, name: &'d Name, page: Option<u64>) -> Cost {
        let Some(fragment) = self.document.fragments.get(name) else { return Cost::default() };
        match self.fragments.get(&(name, page)) {
            Some(Some(cost)) => return *cost,
            // The fragment spreads itself; no valid document has one like it.
            Some(None) => return Cost::default(),
            None => {}
        }
        self.fragments.insert((name, page), None);
        let cost = self.selections(&fragment.selection_set, page);
        self.fragments.insert((name, page), Some(cost));
        cost
    }

    fn field(&mut self, field: &'d Field, page: Option<u64>) -> Cost {
        let within = self.selections(&field.selection_set, self.page(field));
        let has_objects = !field.selection_set.is_empty();
        let times = match (page, field.name.as_str()) {
            (Some(size), "nodes" | "edges" | "partners") => size,
            _ => self.length(field),
        };
        let mut input = within.input;
        for argument in &field.arguments {
            input.add(InputSize::of_literal(&argument.name, &argument.value, self.variables));
        }
        Cost {
            depth: within.depth.saturating_add(1),
            fields: within.fields.saturating_add(1),
            root_fields: 1,
            aliases: within.aliases.saturating_add(u64::from(field.alias.is_some())),
            directives: within.directives,
            tokens: 0,
            nodes: match has_objects {
                true => within.nodes.saturating_add(1).saturating_mul(times),
                false => 0,
            },
            values: within.values.saturating_add(weight(field)).saturating_mul(times),
            input,
        }
    }

    /// The page size of a connection, or the number of partners of a comparison.
    fn page(&self, field: &Field) -> Option<u64> {
        if let Some(partners) = self.named(field, "partners") {
            return Some(partners);
        }
        if !field.ty().inner_named_type().ends_with("Connection") {
            return None;
        }
        let argument = |name| {
            let value = field.specified_argument_by_name(name)?;
            match value.as_variable() {
                Some(variable) => self.variables.get(variable.as_str())?.as_u64(),
                None => value.to_i32().and_then(|size| u64::try_from(size).ok()),
            }
        };
        let size = argument("first").or_else(|| argument("last"));
        // A larger page is rejected when the field is resolved.
        Some(size.unwrap_or(DEFAULT_PAGE as u64).min(MAX_PAGE as u64))
    }

    /// The length of a list argument.
    fn named(&self, field: &Field, argument: &str) -> Option<u64> {
        let list = field.specified_argument_by_name(argument)?;
        let named = match list.as_variable() {
            Some(variable) => self.variables.get(variable.as_str())?.as_array()?.len(),
            None => list.as_list()?.len(),
        };
        Some(named as u64)
    }

    /// Maximum length of a list without pages: the number of `ids`, the longest such list of the
    /// data, or an estimate (introspection, highlights).
    fn length(&self, field: &Field) -> u64 {
        if !field.ty().is_list() {
            return 1;
        }
        if let Some(named) = self.named(field, "ids") {
            return named;
        }
        let lengths = self.lengths;
        match (field.ty().inner_named_type().as_str(), field.name.as_str()) {
            ("__Type", "types") => 200,
            ("__Type" | "__Field", _) => 5,
            ("__InputValue", _) => 2,
            ("Citation", _) => lengths.citations,
            ("Theme", _) => lengths.themes,
            ("Party", "beneficiaries") => lengths.beneficiaries,
            ("Party", "proposers") => lengths.proposers,
            ("Party", _) => lengths.parties_in_role,
            ("EventParty", _) => lengths.parties,
            ("ChairSeat", _) => lengths.seats,
            ("Body", "mechanisms") => lengths.mechanisms,
            ("Body", _) => lengths.bodies,
            ("Document", _) => lengths.instruments,
            ("WorkArea", _) => lengths.areas,
            ("Claim", _) => lengths.claims,
            ("Author", _) => 3,
            ("FieldDifference", _) => 20,
            ("NetworkLink", _) => lengths.groups.saturating_mul(lengths.groups) / 2,
            ("SearchHighlight" | "TextRange", _) => 5,
            // One entry for each value of a dimension.
            (_, _) if !field.selection_set.is_empty() => lengths.groups,
            _ => 1,
        }
    }
}

/// The cost of a field's value. A value that is only read costs 1.
fn weight(field: &Field) -> u64 {
    match field.name.as_str() {
        // Formatting a reference takes about as long as reading a hundred values.
        "cite" => 100,
        "highlights" => 10,
        "changes" if field.ty().inner_named_type() == "Differences" => 1_000,
        "compareContributions"
        | "contributionMatrix"
        | "contributionSeries"
        | "eventSeries"
        | "network"
        | "search" => 1_000,
        _ => 1,
    }
}
