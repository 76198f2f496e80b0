//! The sandbox through its router, and the client against it over real connections.

mod files;
mod http_faults;
mod in_process;
mod strictness;
