//! The whole service as its users meet it: the real program, a configuration file, export folders,
//! and a sandbox Haptik over real HTTP. Each test has a world of its own.

// A test that cannot go on should say where, and nothing else.
#![allow(clippy::unwrap_used)]

mod support;

mod absence;
mod admin;
mod api;
mod api_described;
mod ask;
mod authors;
mod bad_input;
mod bad_state;
mod binding;
mod bounds;
mod canary;
mod chat;
mod check;
mod command_line;
mod corpus;
mod coverage;
mod daemon;
mod descriptors;
mod endless;
mod examples;
mod faults;
mod feed_memory;
mod feeds;
mod foreign_words;
mod formats;
mod guards;
mod held_changes;
mod init;
mod isolation;
mod kept;
mod kills;
mod lint;
mod mediawiki;
mod notify;
mod notify_forms;
mod old_versions;
mod output;
mod overrule;
mod page;
mod page_actions;
mod page_by_nginx;
mod page_by_proxy;
mod page_history;
mod page_in_browser;
mod page_list;
mod page_people;
mod page_states;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_faults;
mod probe;
mod quiet_feeds;
mod rich;
mod routing;
mod rows;
mod schemas;
mod secrets;
mod shapes;
#[cfg(feature = "postgres")]
mod standby;
mod state_copy;
mod sync;
mod systemd;
#[cfg(feature = "postgres")]
mod takeovers;
mod taking_over;
mod terminal;
#[cfg(feature = "otlp")]
mod traces;
mod truth;
mod variants;
mod wagtail;
mod wakes;
mod wire;
mod wishes;
mod wordpress;
