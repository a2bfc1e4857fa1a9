//! Bytes to RESP requests and frames and back: RESP2, RESP3, inline commands and dictionaries.
