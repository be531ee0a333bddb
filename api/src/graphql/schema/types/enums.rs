//! GraphQL enums for the enums of the entities.

use async_graphql::Enum;
use sea_orm::ActiveEnum;

/// Defines a GraphQL enum for an entity's enum, with a description for each value.
macro_rules! graphql_enum {
    ($($(#[$doc:meta])* $name:ident = $remote:literal ($path:path) {
        $($(#[$value_doc:meta])* $value:ident,)+
    })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
            #[graphql(remote = $remote)]
            pub enum $name {
                $($(#[$value_doc])* $value,)+
            }

            crate::heap_size::heap_size! {
                $name {}
            }

            impl crate::graphql::macros::filter::ReferencedKeys for $name {}
            impl crate::graphql::macros::filter::ReferencedKeys for Vec<$name> {}

            impl crate::graphql::macros::filter::DbEnum for $name {
                fn db_value(self) -> String {
                    <$path as From<Self>>::from(self).to_value()
                }
            }
        )+
    };
}

graphql_enum! {
    /// How well the sources support a record.
    Confidence = "entities::Confidence" (entities::Confidence) {
        /// Supported by an official source, or by two independent sources.
        Confirmed,
        /// Supported by one secondary source.
        Reported,
    }

    /// The kind of a record.
    RecordKind = "entities::record::RecordKind" (entities::record::RecordKind) {
        /// A country or an organisation.
        Party,
        /// An area of cooperation.
        Theme,
        /// A web page, paper or book that supports records.
        Source,
        /// A meeting, working group, centre or network.
        Body,
        /// A party's membership of a body.
        Membership,
        /// A term in which parties chair or co-chair a body.
        ChairTerm,
        /// A meeting, exercise, workshop or course.
        Event,
        /// A declaration, concept paper or other text.
        Document,
        /// A numbered paragraph of a document.
        Provision,
        /// A centre, network, exercise or framework, proposed or in operation.
        Initiative,
        /// A three-year work programme.
        WorkProgramme,
        /// A contribution by a partner outside ASEAN.
        Contribution,
        /// A figure that a source reports.
        Claim,
    }

    /// The kind of a party.
    PartyKind = "entities::party::PartyKind" (entities::party::PartyKind) {
        /// A country, identified by its ISO 3166-1 code.
        Country,
        /// An organisation, identified by its own abbreviation.
        Organisation,
    }

    /// The kind of a body.
    BodyKind = "entities::body::BodyKind" (entities::body::BodyKind) {
        /// A meeting of ministers.
        Ministerial,
        /// A meeting of senior officials.
        SeniorOfficials,
        /// A working group of officials.
        WorkingGroup,
        /// An ADMM-Plus Experts' Working Group, or all of them as one body.
        ExpertWorkingGroup,
        /// A centre with its own premises.
        Centre,
        /// A network of national institutions.
        Network,
        /// A dialogue with one partner, or a meeting of service chiefs.
        Dialogue,
        /// A forum of police, immigration, customs or similar services.
        LawEnforcementForum,
        /// Anything else.
        Other,
    }

    /// A party's role in a body.
    MembershipRole = "entities::membership::MembershipRole" (entities::membership::MembershipRole) {
        /// A full member.
        Member,
        /// One of the Plus countries of the ADMM-Plus.
        PlusMember,
        /// An observer.
        Observer,
        /// A dialogue partner of ASEAN.
        DialoguePartner,
    }

    /// A seat of a chair term.
    Seat = "entities::chair_seat::Seat" (entities::chair_seat::Seat) {
        /// The seat of an ASEAN member state.
        Asean,
        /// The seat of a Plus country.
        Plus,
    }

    /// The kind of an event.
    EventKind = "entities::event::EventKind" (entities::event::EventKind) {
        /// A formal meeting of ministers.
        MinisterialMeeting,
        /// The informal session of the ADMM.
        Retreat,
        /// An informal meeting, mostly of ministers with one partner.
        InformalMeeting,
        /// A meeting of senior officials.
        SeniorOfficialsMeeting,
        /// A meeting of a working group of officials.
        WorkingGroupMeeting,
        /// A meeting of an Experts' Working Group.
        ExpertWorkingGroupMeeting,
        /// A conference that plans an exercise.
        PlanningConference,
        /// Another conference, for example of service chiefs.
        Conference,
        /// A dialogue.
        Dialogue,
        /// A workshop.
        Workshop,
        /// A seminar.
        Seminar,
        /// A symposium.
        Symposium,
        /// A training course.
        TrainingCourse,
        /// A table-top exercise.
        TabletopExercise,
        /// A staff exercise.
        StaffExercise,
        /// A field training exercise.
        FieldTrainingExercise,
        /// An exercise at sea.
        MaritimeExercise,
        /// A sports competition.
        SportsMeet,
        /// The launch of a centre, network or service.
        Launch,
        /// Anything else.
        Other,
    }

    /// Whether an event took place, as far as the sources tell.
    EventStatus = "entities::event::EventStatus" (entities::event::EventStatus) {
        /// A source reports that it took place.
        Held,
        /// Announced for a day that the data do not reach yet, or that they reach without having
        /// passed it.
        Announced,
        /// Announced for a day that the data have passed, without a report that it took place.
        Unconfirmed,
        /// A source reports that it was put off.
        Postponed,
        /// A source reports that it was called off.
        Cancelled,
    }

    /// The kind of a place.
    PlaceKind = "entities::PlaceKind" (entities::PlaceKind) {
        /// A city, a town or a village.
        City,
        /// A province, a state or an island.
        Region,
        /// Waters: the place was at sea.
        Sea,
    }

    /// Whether an author is a person.
    AuthorKind = "entities::AuthorKind" (entities::AuthorKind) {
        /// A person.
        Person,
        /// A ministry, an organisation or a newspaper's staff.
        Institution,
    }

    /// How the participants met.
    EventFormat = "entities::event::EventFormat" (entities::event::EventFormat) {
        /// In person, in one place.
        InPerson,
        /// Online.
        Virtual,
        /// Partly in person, partly online.
        Hybrid,
    }

    /// A party's role in an event.
    EventRole = "entities::event_party::EventRole" (entities::event_party::EventRole) {
        /// The party hosted the event, alone or as one of several equal hosts.
        Host,
        /// The party co-hosted the event, in support of a main host.
        CoHost,
        /// The party chaired the event.
        Chair,
        /// The party co-chaired the event.
        CoChair,
        /// The party took part.
        Participant,
        /// The party attended as an observer.
        Observer,
    }

    /// The kind of a document.
    DocumentKind = "entities::document::DocumentKind" (entities::document::DocumentKind) {
        /// A joint declaration of ministers or leaders.
        JointDeclaration,
        /// A statement or press release of a meeting.
        JointStatement,
        /// A concept paper, which proposes or establishes something.
        ConceptPaper,
        /// A work programme or work plan.
        WorkProgramme,
        /// A plan of action.
        ActionPlan,
        /// Guidelines or principles.
        Guidelines,
        /// A protocol.
        Protocol,
        /// Terms of reference or operating procedures.
        TermsOfReference,
        /// A vision or blueprint.
        Vision,
        /// Anything else.
        Other,
    }

    /// The kind of a provision.
    ProvisionKind = "entities::provision::ProvisionKind" (entities::provision::ProvisionKind) {
        /// Sets a principle.
        Principle,
        /// States the document's purpose.
        Purpose,
        /// Sets an objective.
        Objective,
        /// Provides for an activity.
        Activity,
        /// Defines the scope.
        Scope,
        /// Defines who reports to whom.
        Reporting,
        /// Cites an instrument that the document is based on.
        Instrument,
        /// States what the document does not cover.
        Exclusion,
    }

    /// The framework that an initiative belongs to.
    Framework = "entities::initiative::Framework" (entities::initiative::Framework) {
        /// The ASEAN Defence Ministers' Meeting (ADMM).
        Admm,
        /// The ADMM-Plus.
        AdmmPlus,
        /// ASEAN outside its defence bodies.
        Asean,
        /// A partner's own framework.
        Partner,
    }

    /// The status of an initiative.
    InitiativeStatus = "entities::initiative::InitiativeStatus" (entities::initiative::InitiativeStatus) {
        /// Proposed, not yet taken up.
        Proposed,
        /// In operation.
        Active,
        /// Ended.
        Ended,
        /// The sources do not say.
        Unknown,
    }

    /// The kind of a contribution.
    ContributionKind = "entities::contribution::ContributionKind" (entities::contribution::ContributionKind) {
        /// The partner hosted or co-hosted an event. Derived from the event's hosts.
        Hosting,
        /// The partner co-chaired a body for a cycle. Derived from the chair term.
        CoChairing,
        /// Money.
        Funding,
        /// Training.
        Training,
        /// Ships, vehicles, aircraft or other equipment.
        Equipment,
        /// Personnel.
        Personnel,
        /// Scholarships.
        Scholarship,
        /// Technical assistance: advice and know-how.
        TechnicalAssistance,
        /// Buildings or rooms.
        Facility,
        /// A proposal.
        Proposal,
        /// An exercise.
        Exercise,
        /// A dialogue.
        Dialogue,
    }

    /// The kind of publisher of a source.
    SourceKind = "entities::source::SourceKind" (entities::source::SourceKind) {
        /// ASEAN and its bodies.
        Asean,
        /// A government or its armed forces.
        Government,
        /// A think tank.
        ThinkTank,
        /// A university or journal.
        Academic,
        /// The press.
        News,
        /// An encyclopedia.
        Encyclopedia,
        /// Anyone else.
        Other,
    }

    /// What a revision did to a record.
    ChangeAction = "entities::change::ChangeAction" (entities::change::ChangeAction) {
        /// The record was added, or restored after a removal.
        Created,
        /// The record was changed.
        Updated,
        /// The record was removed.
        Removed,
    }
}
