pub mod replay; pub mod conformance;
