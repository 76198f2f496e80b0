//! The way of the data, in six stages; their names in the order of the alphabet are the order of
//! the work.

pub mod intake;

pub mod normalise;

pub mod plan;

pub mod render;

pub mod send;

pub mod settle;
