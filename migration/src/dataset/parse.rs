//! Parses the records: the keys and types of each kind.

use entities::{
    EdtfDate, PartyCode, Slug,
    record::RecordKind::{
        self, Body as ABody, ChairTerm as AChairTerm, Document as ADocument, Event as AnEvent,
        Initiative as AnInitiative, Party as AParty, Theme as ATheme,
        WorkProgramme as AWorkProgramme,
    },
};

use super::{
    iso_3166,
    record::*,
    toml_table::{Location, TableReader},
};

/// A parsed record and its position in a file.
pub(super) struct LocatedRecord {
    pub slug: String,
    pub kind: RecordKind,
    /// None if the record has problems. Its slug is still known, so that references to it are not reported too.
    pub record: Option<Record>,
    pub place: Location,
    /// The position of its slug.
    pub slug_place: Location,
}

/// The TOML table name of each kind, as in `[[event]]`.
pub(super) const TABLES: [(&str, RecordKind); 13] = [
    ("party", RecordKind::Party),
    ("theme", RecordKind::Theme),
    ("source", RecordKind::Source),
    ("body", RecordKind::Body),
    ("membership", RecordKind::Membership),
    ("chair_term", RecordKind::ChairTerm),
    ("event", RecordKind::Event),
    ("document", RecordKind::Document),
    ("provision", RecordKind::Provision),
    ("initiative", RecordKind::Initiative),
    ("work_programme", RecordKind::WorkProgramme),
    ("contribution", RecordKind::Contribution),
    ("claim", RecordKind::Claim),
];

/// Reads one record; none if its slug is missing or not a string.
pub(super) fn record(kind: RecordKind, entry: &mut TableReader<'_, '_>) -> Option<LocatedRecord> {
    let slug = match kind {
        RecordKind::Party => entry.name::<PartyCode>("code"),
        _ => entry.name::<Slug>("slug"),
    };
    let former_slugs = match kind {
        RecordKind::Party => Vec::new(),
        _ => former_slugs(entry),
    };
    let themed = matches!(
        kind,
        ABody
            | AnEvent
            | ADocument
            | RecordKind::Provision
            | AnInitiative
            | RecordKind::Contribution
    );
    let themes = if themed { entry.references("themes", &[ATheme]) } else { Vec::new() };
    let noted = !matches!(kind, AParty | ATheme);
    let note = if noted { entry.text("note") } else { None };
    let citations = match kind.needs_citation() {
        true => entry.citations(true),
        false => Vec::new(),
    };
    let content = match kind {
        RecordKind::Party => party(entry, slug.as_ref()).map(Content::Party),
        RecordKind::Theme => theme(entry).map(Content::Theme),
        RecordKind::Source => source(entry).map(Content::Source),
        RecordKind::Body => body(entry).map(Content::Body),
        RecordKind::Membership => membership(entry).map(Content::Membership),
        RecordKind::ChairTerm => chair_term(entry).map(Content::ChairTerm),
        RecordKind::Event => event(entry).map(Content::Event),
        RecordKind::Document => document(entry).map(Content::Document),
        RecordKind::Provision => provision(entry).map(Content::Provision),
        RecordKind::Initiative => initiative(entry).map(Content::Initiative),
        RecordKind::WorkProgramme => work_programme(entry).map(Content::WorkProgramme),
        RecordKind::Contribution => contribution(entry).map(Content::Contribution),
        RecordKind::Claim => claim(entry).map(Content::Claim),
    };
    let (slug, slug_place) = slug?;
    let record = content.map(|content| Record {
        slug: slug.clone(),
        content,
        themes,
        note,
        citations,
        former_slugs,
    });
    Some(LocatedRecord { slug, kind, record, place: entry.place.clone(), slug_place })
}

fn former_slugs(entry: &mut TableReader<'_, '_>) -> Vec<String> {
    let slugs = entry.texts_with_places("former_slugs");
    for (slug, place) in &slugs {
        if let Err(error) = slug.parse::<Slug>() {
            entry.report(place.problem(error.to_string(), "write the slug that the record had"));
        }
    }
    slugs.into_iter().map(|(slug, _)| slug).collect()
}

fn party(entry: &mut TableReader<'_, '_>, code: Option<&(String, Location)>) -> Option<Party> {
    let name = entry.required_text("name");
    let official_name = entry.text("official_name");
    let kind = entry.required_choice("kind");
    let aliases = entry.texts("aliases");
    if let (Some(entities::party::PartyKind::Country), Some((code, place))) = (kind, code)
        && !iso_3166::is_country(code)
    {
        entry.report(place.problem(
            format!("`{code}` is not a country code of ISO 3166-1"),
            "write the country's two-letter code, or `kind = \"organisation\"`",
        ));
    }
    Some(Party { name: name?, official_name, kind: kind?, aliases })
}

fn theme(entry: &mut TableReader<'_, '_>) -> Option<Theme> {
    let name = entry.required_text("name");
    let summary = entry.required_text("summary");
    let parent = entry.reference("parent", &[ATheme]);
    let working_group = entry.reference("working_group", &[ABody]);
    let aliases = entry.texts("aliases");
    Some(Theme { name: name?, summary: summary?, parent, working_group, aliases })
}

fn source(entry: &mut TableReader<'_, '_>) -> Option<Source> {
    let title = entry.required_text("title");
    let kind = entry.required_choice("kind");
    let published = entry.date("published");
    let url = web_address(entry);
    let publisher = entry.text("publisher");
    Some(Source { title: title?, kind: kind?, published, url, publisher })
}

fn web_address(entry: &mut TableReader<'_, '_>) -> Option<String> {
    let (url, place) = entry.parsed::<String>("url")?;
    if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(' ') {
        entry.report(place.problem(
            format!("`{url}` is not a web address"),
            "write the full URL, beginning with https://, without spaces",
        ));
        return None;
    }
    Some(url)
}

fn body(entry: &mut TableReader<'_, '_>) -> Option<Body> {
    let name = entry.required_text("name");
    let acronym = entry.text("acronym");
    let kind = entry.required_choice("kind");
    let parent = entry.reference("parent", &[ABody]);
    let established = entry.date("established");
    let aliases = entry.texts("aliases");
    let summary = entry.required_text("summary");
    Some(Body {
        name: name?,
        acronym,
        kind: kind?,
        parent,
        established,
        aliases,
        summary: summary?,
    })
}

fn membership(entry: &mut TableReader<'_, '_>) -> Option<Membership> {
    let body = entry.required_reference("body", &[ABody]);
    let party = entry.required_reference("party", &[AParty]);
    let role = entry.required_choice("role");
    let period = entry.period();
    Some(Membership { body: body?, party: party?, role: role?, period })
}

fn chair_term(entry: &mut TableReader<'_, '_>) -> Option<ChairTerm> {
    let body = entry.required_reference("body", &[ABody]);
    let cycle = entry.required_text("cycle");
    let period = entry.required_period();
    let asean_co_chair = entry.reference("asean_co_chair", &[AParty]);
    let plus_co_chair = entry.reference("plus_co_chair", &[AParty]);
    let confidence = entry.required_choice("confidence");
    if asean_co_chair.is_none() && plus_co_chair.is_none() {
        let problem = entry
            .place
            .problem("the term has no chair", "add `asean_co_chair`, `plus_co_chair` or both");
        entry.report(problem);
    }
    Some(ChairTerm {
        body: body?,
        cycle: cycle?,
        period: period?,
        asean_co_chair,
        plus_co_chair,
        confidence: confidence?,
    })
}

fn event(entry: &mut TableReader<'_, '_>) -> Option<Event> {
    let title = entry.required_text("title");
    let kind = entry.required_choice("kind");
    let body = entry.reference("body", &[ABody]);
    let ordinal = entry.integer("ordinal", 1);
    let period = entry.required_period();
    let city = entry.text("city");
    let country = entry.reference("country", &[AParty]);
    let format = entry.choice("format");
    let participant_count = entry.integer("participant_count", 0);
    let planned = entry.flag("planned");
    let hosts = entry.references("hosts", &[AParty]);
    let co_hosts = entry.references("co_hosts", &[AParty]);
    let chairs = entry.references("chairs", &[AParty]);
    let co_chairs = entry.references("co_chairs", &[AParty]);
    let participants = entry.references("participants", &[AParty]);
    let observers = entry.references("observers", &[AParty]);
    let summary = entry.required_text("summary");
    let confidence = entry.required_choice("confidence");
    Some(Event {
        title: title?,
        kind: kind?,
        body,
        ordinal,
        period: period?,
        city,
        country,
        format,
        participant_count,
        planned,
        hosts,
        co_hosts,
        chairs,
        co_chairs,
        participants,
        observers,
        summary: summary?,
        confidence: confidence?,
    })
}

fn document(entry: &mut TableReader<'_, '_>) -> Option<Document> {
    let title = entry.required_text("title");
    let kind = entry.required_choice("kind");
    let adopted = entry.date("adopted");
    let adopted_at = entry.reference("adopted_at", &[AnEvent]);
    let presented_at = entry.reference("presented_at", &[AnEvent]);
    let url = web_address(entry);
    let summary = entry.required_text("summary");
    Some(Document {
        title: title?,
        kind: kind?,
        adopted,
        adopted_at,
        presented_at,
        url,
        summary: summary?,
    })
}

fn provision(entry: &mut TableReader<'_, '_>) -> Option<Provision> {
    let document = entry.required_reference("document", &[ADocument]);
    let kind = entry.required_choice("kind");
    let position = entry.required_integer("position", 1);
    let path = entry.required_text("path");
    let mechanisms = entry.references("mechanisms", &[ABody]);
    let instruments = entry.references("instruments", &[ADocument]);
    let summary = entry.required_text("summary");
    Some(Provision {
        document: document?,
        kind: kind?,
        position: position?,
        path: path?,
        mechanisms,
        instruments,
        summary: summary?,
    })
}

fn initiative(entry: &mut TableReader<'_, '_>) -> Option<Initiative> {
    let name = entry.required_text("name");
    let acronym = entry.text("acronym");
    let framework = entry.required_choice("framework");
    let status = entry.required_choice("status");
    let started = entry.date("started");
    let adopted_at = entry.reference("adopted_at", &[AnEvent]);
    let proposed_by = entry.references("proposed_by", &[AParty]);
    let aliases = entry.texts("aliases");
    let summary = entry.required_text("summary");
    Some(Initiative {
        name: name?,
        acronym,
        framework: framework?,
        status: status?,
        started,
        adopted_at,
        proposed_by,
        aliases,
        summary: summary?,
    })
}

fn work_programme(entry: &mut TableReader<'_, '_>) -> Option<WorkProgramme> {
    let title = entry.required_text("title");
    let period = entry.required_period();
    let adopted_at = entry.reference("adopted_at", &[AnEvent]);
    let mut areas: Vec<WorkArea> = Vec::new();
    entry.each_table("area", |entry| {
        let name = entry.required_text("name");
        let theme = entry.reference("theme", &[ATheme]);
        let summary = entry.text("summary");
        let Some(name) = name else { return };
        if areas.iter().any(|area| area.name == name) {
            let problem = entry
                .place
                .problem(format!("the programme has two areas `{name}`"), "rename one of the two");
            entry.report(problem);
        }
        areas.push(WorkArea { name, theme, summary });
    });
    Some(WorkProgramme { title: title?, period: period?, adopted_at, areas })
}

fn contribution(entry: &mut TableReader<'_, '_>) -> Option<Contribution> {
    let title = entry.required_text("title");
    let kind = entry.required_choice("kind");
    let partner = entry.required_reference("partner", &[AParty]);
    let period = entry.period();
    let amount = entry.table("amount").and_then(|mut entry| {
        let value = entry.required_number("value");
        let currency = entry.required_text("currency");
        let place = entry.place.clone();
        if let Some(currency) = &currency
            && (currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()))
        {
            entry.report(place.problem(
                format!("`{currency}` is not a currency code"),
                "write the three capital letters of the ISO 4217 code, for example USD",
            ));
        }
        if value.is_some_and(|value| value < 0.0) {
            entry.report(place.problem("the amount is negative", "write an amount of 0 or more"));
        }
        entry.finish();
        Some(Amount { value: value?, currency: currency? })
    });
    let beneficiaries = entry.references("beneficiaries", &[AParty]);
    let event = entry.reference("event", &[AnEvent]);
    let body = entry.reference("body", &[ABody]);
    let initiative = entry.reference("initiative", &[AnInitiative]);
    let work_area = entry.table("work_area").and_then(|mut entry| {
        let programme = entry.required_reference("programme", &[AWorkProgramme]);
        let name = entry.required_text("name");
        entry.finish();
        Some(WorkAreaKey { programme: programme?, name: name? })
    });
    let chair_term = entry.reference("chair_term", &[AChairTerm]);
    let summary = entry.required_text("summary");
    let confidence = entry.required_choice("confidence");
    Some(Contribution {
        title: title?,
        kind: kind?,
        partner: partner?,
        period,
        amount,
        beneficiaries,
        event,
        body,
        initiative,
        work_area,
        chair_term,
        derived: false,
        summary: summary?,
        confidence: confidence?,
    })
}

fn claim(entry: &mut TableReader<'_, '_>) -> Option<Claim> {
    let subject = entry.required_reference("subject", &[AParty, ABody, AnEvent, AWorkProgramme]);
    let measure = entry.required_text("measure");
    let value = entry.required_number("value");
    let unit = entry.required_text("unit");
    let period = entry.period();
    let statement = entry.required_text("statement");
    Some(Claim {
        subject: subject?,
        measure: measure?,
        value: value?,
        unit: unit?,
        period,
        statement: statement?,
    })
}

/// The metadata of the dataset, from `dataset.toml`.
pub(super) fn about(entry: &mut TableReader<'_, '_>) -> Option<super::Metadata> {
    let name = entry.required_text("name");
    let version = entry.required_text("version");
    let licence = entry.required_text("licence");
    let collected_until = entry.required_parsed::<EdtfDate>("collected_until");
    Some(super::Metadata {
        name: name?,
        version: version?,
        licence: licence?,
        collected_until: collected_until?.0,
    })
}
