//! Integration tests: they use the product as a user does, on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails if its setup fails")]

mod analysis;
mod answers;
mod cache;
mod changes;
mod check;
mod cite;
mod cli;
mod connections;
mod contributing;
mod database;
mod dataset;
mod dates;
mod evidence;
mod examples;
mod export;
mod filters;
mod fuzz;
mod history;
mod http;
mod import;
mod letters;
mod limits;
mod migrations;
mod observability;
mod overload;
mod paging;
mod properties;
mod requests;
mod schema;
mod search;
mod statements;
