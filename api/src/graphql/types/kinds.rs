//! The enums of the entities, as the schema shows them.

use async_graphql::Enum;
use sea_orm::ActiveEnum;

/// Mirrors an entity's enum, with a description for each value.
macro_rules! mirror {
    ($($(#[$doc:meta])* $name:ident = $remote:literal ($path:path) {
        $($(#[$value_doc:meta])* $value:ident,)+
    })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
            #[graphql(remote = $remote)]
            pub enum $name {
                $($(#[$value_doc])* $value,)+
            }

            impl crate::graphql::filter::Mentions for $name {}
            impl crate::graphql::filter::Mentions for Vec<$name> {}

            impl crate::graphql::filter::Stored for $name {
                fn stored(self) -> String {
                    <$path as From<Self>>::from(self).to_value()
                }
            }
        )+
    };
}

mirror! {
    /// How well a record is supported.
    Confidence = "entities::Confidence" (entities::Confidence) {
        /// By an official source, or by two that do not depend on each other.
        Confirmed,
        /// By one secondary source.
        Reported,
    }

    /// The kinds of records.
    RecordKind = "entities::record::RecordKind" (entities::record::RecordKind) {
        /// A country or an organisation.
        Party,
        /// An area of cooperation.
        Theme,
        /// A page, paper or book that supports records.
        Source,
        /// A meeting, working group, centre or network.
        Body,
        /// That a party belongs to a body.
        Membership,
        /// Who co-chaired a body in a cycle.
        ChairTerm,
        /// A meeting, exercise, workshop or course.
        Event,
        /// A declaration, concept paper or other text.
        Document,
        /// A numbered paragraph of a document.
        Provision,
        /// A centre, network, exercise or framework that ministers took up.
        Initiative,
        /// A three-year work programme.
        WorkProgramme,
        /// What a partner outside ASEAN gave.
        Contribution,
        /// A figure that a source reports.
        Claim,
    }

    /// What a party is.
    PartyKind = "entities::party::PartyKind" (entities::party::PartyKind) {
        /// A state, by its ISO 3166-1 code.
        Country,
        /// An organisation, by its own abbreviation.
        Organisation,
    }

    /// What a body is.
    BodyKind = "entities::body::BodyKind" (entities::body::BodyKind) {
        /// Ministers meet.
        Ministerial,
        /// Senior officials meet.
        SeniorOfficials,
        /// A working group of officials.
        WorkingGroup,
        /// One of the ADMM-Plus Experts' Working Groups, or all of them together.
        ExpertWorkingGroup,
        /// A centre with a seat of its own.
        Centre,
        /// A network of national institutions.
        Network,
        /// A meeting with one partner, or of service chiefs.
        Dialogue,
        /// Police, immigration, customs and the like.
        LawEnforcementForum,
        /// Anything else.
        Other,
    }

    /// As what a party belongs to a body.
    MembershipRole = "entities::membership::MembershipRole" (entities::membership::MembershipRole) {
        /// A full member.
        Member,
        /// One of the Plus countries of the ADMM-Plus.
        PlusMember,
        /// Admitted to watch.
        Observer,
        /// A dialogue partner of ASEAN.
        DialoguePartner,
    }

    /// Whose chair a seat is.
    Seat = "entities::chair_seat::Seat" (entities::chair_seat::Seat) {
        /// The seat of an ASEAN member state.
        Asean,
        /// The seat of a Plus country.
        Plus,
    }

    /// What kind of event.
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
        /// A conference that prepares an exercise.
        PlanningConference,
        /// A conference, that of service chiefs among them.
        Conference,
        /// A dialogue.
        Dialogue,
        /// A workshop.
        Workshop,
        /// A seminar.
        Seminar,
        /// A symposium.
        Symposium,
        /// A course.
        TrainingCourse,
        /// An exercise round a table.
        TabletopExercise,
        /// An exercise of staffs.
        StaffExercise,
        /// An exercise with troops in the field.
        FieldTrainingExercise,
        /// An exercise at sea.
        MaritimeExercise,
        /// A competition.
        SportsMeet,
        /// The launch of a centre, network or service.
        Launch,
        /// Anything else.
        Other,
    }

    /// How people met.
    EventFormat = "entities::event::EventFormat" (entities::event::EventFormat) {
        /// In one place.
        InPerson,
        /// By video.
        Virtual,
        /// Some in one place, some by video.
        Hybrid,
    }

    /// Which part a party had in an event.
    EventRole = "entities::event_party::EventRole" (entities::event_party::EventRole) {
        /// It hosted, alone or with others of equal part.
        Host,
        /// It hosted beside a main host.
        CoHost,
        /// It chaired.
        Chair,
        /// It chaired with another.
        CoChair,
        /// It took part.
        Participant,
        /// It watched.
        Observer,
    }

    /// What kind of document.
    DocumentKind = "entities::document::DocumentKind" (entities::document::DocumentKind) {
        /// A declaration that ministers or leaders made together.
        JointDeclaration,
        /// A statement or press release that a meeting issued.
        JointStatement,
        /// A paper that founds or proposes something.
        ConceptPaper,
        /// A work programme or work plan.
        WorkProgramme,
        /// A plan of action.
        ActionPlan,
        /// Guidelines or principles to go by.
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

    /// What a provision does.
    ProvisionKind = "entities::provision::ProvisionKind" (entities::provision::ProvisionKind) {
        /// Sets a principle.
        Principle,
        /// States the document's purpose.
        Purpose,
        /// Sets an objective.
        Objective,
        /// Provides for an activity.
        Activity,
        /// Draws the scope.
        Scope,
        /// Lays down who reports to whom.
        Reporting,
        /// Cites an instrument that the document rests on.
        Instrument,
        /// Says what is not meant.
        Exclusion,
    }

    /// In whose framework an initiative stands.
    Framework = "entities::initiative::Framework" (entities::initiative::Framework) {
        /// The ASEAN Defence Ministers' Meeting.
        Admm,
        /// The ADMM-Plus.
        AdmmPlus,
        /// ASEAN outside its defence bodies.
        Asean,
        /// A partner's own.
        Partner,
    }

    /// How far an initiative has come.
    InitiativeStatus = "entities::initiative::InitiativeStatus" (entities::initiative::InitiativeStatus) {
        /// Proposed, not yet taken up.
        Proposed,
        /// At work.
        Active,
        /// Over.
        Ended,
        /// The sources leave it open.
        Unknown,
    }

    /// What a partner gave.
    ContributionKind = "entities::contribution::ContributionKind" (entities::contribution::ContributionKind) {
        /// It hosted or co-hosted an event. Follows from the event's hosts.
        Hosting,
        /// It co-chaired a body for a cycle. Follows from the chair term.
        CoChairing,
        /// Money.
        Funding,
        /// Training.
        Training,
        /// Ships, vehicles, aircraft, devices.
        Equipment,
        /// People.
        Personnel,
        /// Places to study.
        Scholarship,
        /// Advice and know-how.
        TechnicalAssistance,
        /// Buildings and rooms.
        Facility,
        /// A proposal.
        Proposal,
        /// An exercise.
        Exercise,
        /// A dialogue.
        Dialogue,
    }

    /// Who publishes a source.
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
        /// The record came in, or came back.
        Created,
        /// The record changed.
        Updated,
        /// The record went out.
        Removed,
    }
}
