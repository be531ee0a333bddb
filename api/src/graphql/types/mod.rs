//! The schema's types, one file each, with the kind's filter and order beside it.

pub mod body;
pub mod chair_term;
pub mod change;
pub mod citation;
pub mod claim;
pub mod contribution;
pub mod dataset;
pub mod document;
pub mod event;
pub mod initiative;
pub mod kinds;
pub mod membership;
pub mod node;
pub mod party;
pub mod provision;
pub mod record;
pub mod revision;
pub mod search;
pub mod source;
pub mod theme;
pub mod work_area;
pub mod work_programme;
