//! What the product promises, asked of the product as a user asks it. Data is asked for on both
//! databases.

#![expect(clippy::unwrap_used, reason = "a test whose ground gives way fails")]

mod analysis;
mod answers;
mod cache;
mod changes;
mod check;
mod cite;
mod cli;
mod connections;
mod database;
mod dataset;
mod dates;
mod export;
mod filters;
mod http;
mod import;
mod letters;
mod limits;
mod migrations;
mod overload;
mod paging;
mod properties;
mod readme;
mod requests;
mod schema;
mod search;
mod statements;
