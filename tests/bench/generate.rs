//! A deterministic dataset of any size: the parties, themes, bodies and sources of the shipped
//! dataset, and any number of generated events, whose titles say that they are generated.

use entities::{
    Confidence, EdtfDate,
    contribution::ContributionKind,
    event::{EventKind, EventStatus},
};
use migration::dataset::{
    Dataset,
    record::{
        AtLeast, Citation, Content, Contribution, Derived, DerivedStatus, Event, FoundPlace,
        JudgedConfidence, PartialPeriod, Period, Record, SlugOf,
    },
};
use sea_orm::Iterable;

fn judged(confidence: Confidence) -> JudgedConfidence {
    JudgedConfidence { confidence, reason: None }
}

/// The pseudo-random generator xorshift64*: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end
    }

    fn pick<'p>(&mut self, of: &'p [String]) -> &'p String {
        &of[self.below(of.len())]
    }

    /// `how_many` of the values, starting at a random one. `how_many` must be small enough that
    /// none repeats.
    fn some<T>(&mut self, of: &[String], how_many: usize) -> Vec<SlugOf<T>> {
        let start = self.below(of.len());
        (0..how_many).map(|step| of[(start + step * 7) % of.len()].clone().into()).collect()
    }
}

/// The shipped dataset with `events` generated events and as many generated contributions in place
/// of the shipped ones. Records that reference shipped events are removed too.
pub fn dataset(events: usize) -> Dataset {
    let mut dataset = Dataset::embedded().expect("the shipped dataset is valid");
    dataset.records.retain(|record| {
        matches!(
            record.content,
            Content::Party(_) | Content::Theme(_) | Content::Source(_) | Content::Body(_)
        )
    });
    let slugs = |wanted: fn(&Content) -> bool| -> Vec<String> {
        let of = dataset.records.iter().filter(|record| wanted(&record.content));
        of.map(|record| record.slug.clone()).collect()
    };
    let parties = slugs(|content| matches!(content, Content::Party(_)));
    let themes = slugs(|content| matches!(content, Content::Theme(_)));
    let bodies = slugs(|content| matches!(content, Content::Body(_)));
    let sources = slugs(|content| matches!(content, Content::Source(_)));
    let kinds = [
        EventKind::MinisterialMeeting,
        EventKind::ExpertWorkingGroupMeeting,
        EventKind::FieldTrainingExercise,
        EventKind::Workshop,
    ];
    let mut numbers = Numbers(0x00ad_4b00_2026);
    let generated = (0..events).map(|number| {
        let (year, month, day) =
            (2006 + numbers.below(21), 1 + numbers.below(12), 1 + numbers.below(28));
        let start: EdtfDate =
            format!("{year}-{month:02}-{day:02}").parse().expect("the date is valid");
        let host_count = 1 + numbers.below(2);
        let citation_count = 1 + numbers.below(3);
        Record {
            slug: format!("generated-event-{number:07}"),
            content: Content::Event(Event {
                title: format!("Generated meeting {number} on defence cooperation"),
                kind: kinds[numbers.below(kinds.len())],
                bodies: vec![numbers.pick(&bodies).clone().into()].into(),
                ordinal: Some(AtLeast(1 + numbers.below(30) as i32)),
                period: Period { start: start.clone(), end: Some(start) },
                city: Some("Nowhere".to_owned()),
                place: FoundPlace(None),
                country: None,
                format: None,
                participant_count: None,
                status: EventStatus::Held,
                hosts: numbers.some(&parties, host_count),
                co_hosts: Vec::new(),
                chairs: Vec::new(),
                co_chairs: Vec::new(),
                participants: numbers.some(&parties, 5),
                observers: Vec::new(),
                summary: "Delegates reviewed what was done since the last meeting, agreed on the \
                          next exercise and asked the co-chairs to report."
                    .to_owned(),
                confidence: judged(Confidence::Confirmed),
            }),
            themes: {
                let count = 1 + numbers.below(2);
                numbers.some(&themes, count)
            },
            note: None,
            citations: numbers
                .some(&sources, citation_count)
                .into_iter()
                .map(|source| Citation { source, locator: Some("para 3".to_owned()) })
                .collect(),
            former_slugs: Vec::new(),
        }
    });
    dataset.records.extend(generated.collect::<Vec<_>>());
    let partners = ["AU", "CN", "IN", "JP", "NZ", "KR", "RU", "US"].map(str::to_owned);
    let contribution_kinds: Vec<ContributionKind> = ContributionKind::iter().collect();
    let generated = (0..events).map(|number| {
        let start: EdtfDate =
            format!("{}", 2006 + numbers.below(21)).parse().expect("the year is valid");
        Record {
            slug: format!("generated-contribution-{number:07}"),
            content: Content::Contribution(Contribution {
                title: format!("Generated contribution {number} to defence cooperation"),
                kind: contribution_kinds[numbers.below(contribution_kinds.len())],
                partner: numbers.pick(&partners).clone().into(),
                period: PartialPeriod { start: Some(start), end: None },
                amount: None,
                beneficiaries: numbers.some(&parties, 1),
                event: Some(format!("generated-event-{:07}", numbers.below(events)).into()),
                body: Some(numbers.pick(&bodies).clone().into()),
                initiative: None,
                work_area: None,
                chair_term: None,
                derived: Derived(false),
                status: DerivedStatus(EventStatus::Held),
                summary: "Instructors and equipment for a course.".to_owned(),
                confidence: judged(Confidence::Reported),
            }),
            themes: {
                let count = 1 + numbers.below(3);
                numbers.some(&themes, count)
            },
            note: None,
            citations: vec![Citation {
                source: numbers.pick(&sources).clone().into(),
                locator: None,
            }],
            former_slugs: Vec::new(),
        }
    });
    dataset.records.extend(generated.collect::<Vec<_>>());
    dataset
}
