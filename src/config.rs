//! STUB
pub struct Config { pub listen: std::net::SocketAddr, pub data: std::path::PathBuf, pub durability: crate::store::sqlite::Durability, pub readers: u32, pub admin_password: Option<String>, pub demo: bool, pub base_url: Option<String>, pub trusted_domains: Vec<String>, pub max_connections: usize, pub max_body_bytes: usize, pub header_timeout_secs: u64, pub trusted_proxies: Vec<Network> }
impl Config { pub fn limits(&self) -> crate::chat::Limits { Default::default() } }
#[derive(Debug, Clone)]
pub struct Network;
impl Network { pub fn contains(&self, _a: std::net::IpAddr) -> bool { false } }
