//! What a store says of its changes to a journal, and what a snapshot shows.

mod journal;
mod snapshot;
mod state;
mod streams;
