//! The way of the data, in six stages; their names in the order of the alphabet are the order of
//! the work.

pub mod intake;

pub mod normalise;
