//! From arguments, environment and a file to settings.
//!
//! A flag wins over an environment variable, that over a line of the config file, that over the
//! default. All of them are named after the setting: `--redis-port`, `KV_REDIS_PORT`, `redis-port`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use kv_store::settings::{
    APPENDONLY, DIR, ENGINE_SETTINGS, SAVE, Setting, SettingError, SettingKind, Settings,
};
use kv_store::{Store, StoreBuilder};

use crate::settings::{BIND, PORT, REDIS_PORT, SETTINGS};

/// When snapshots are taken where there is a directory and no log: what Redis 7 and later have by default.
const SAVE_RULES: &str = "3600 1 300 100 60 10000";

/// Longest config file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Settings as they were asked for: those that anybody named, with the value given.
#[derive(Clone, Debug, Default)]
pub struct Config {
    named: BTreeMap<&'static str, String>,
    check: Option<PathBuf>,
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The command line is not understood, or asks for help or the version: print it and leave with
    /// [`clap::Error::exit`].
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    /// The config file cannot be read.
    #[error("config file {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with line and column where that is known.
        reason: String,
    },
    /// A setting does not take the value it was given.
    #[error("setting '{name}': {reason}")]
    Setting {
        /// The setting.
        name: String,
        /// What is wrong with the value.
        reason: String,
    },
}

impl Config {
    /// Reads the command line, the environment, and the file that they name, if they name one.
    ///
    /// # Errors
    /// As [`ConfigError`] lists; asking for `--help` is [`ConfigError::Arguments`] too.
    pub fn from_args<A: Into<OsString> + Clone>(
        args: impl IntoIterator<Item = A>,
    ) -> Result<Config, ConfigError> {
        let matches = command().try_get_matches_from(args)?;
        let mut config = match matches.get_one::<String>("config") {
            Some(path) if !path.is_empty() => Config::from_file(Path::new(path))?,
            _ => Config::default(),
        };
        // The environment first, so that flags overwrite it.
        for source in [ValueSource::EnvVariable, ValueSource::CommandLine] {
            config.take(&matches, source)?;
        }
        config.log_by_default()?;
        config.check = matches.get_one::<String>("check").map(PathBuf::from);
        Ok(config)
    }

    /// Where there is a directory, changes are logged unless it is said otherwise; then snapshots are taken as a
    /// Redis server does.
    fn log_by_default(&mut self) -> Result<(), ConfigError> {
        if self.value(&DIR).is_empty() {
            return Ok(());
        }
        if !self.names(&APPENDONLY) {
            self.set(APPENDONLY.name, "yes")?;
        }
        if self.value(&APPENDONLY) == "no" && !self.names(&SAVE) {
            self.set(SAVE.name, SAVE_RULES)?;
        }
        Ok(())
    }

    fn take(&mut self, matches: &ArgMatches, source: ValueSource) -> Result<(), ConfigError> {
        for setting in all_settings() {
            // An empty environment variable is one that is not set.
            if matches.value_source(setting.name) == Some(source)
                && let Some(value) = matches.get_one::<String>(setting.name)
                && !(source == ValueSource::EnvVariable && value.is_empty())
            {
                self.set(setting.name, value)?;
            }
        }
        Ok(())
    }

    /// Reads a TOML file of lines `setting = value`.
    ///
    /// # Errors
    /// [`ConfigError::File`] if it cannot be read or is no TOML, [`ConfigError::Setting`] if it names
    /// an unknown setting or a value that the setting does not take.
    pub fn from_file(path: &Path) -> Result<Config, ConfigError> {
        let failed = |reason: String| ConfigError::File { path: path.to_owned(), reason };
        let size = std::fs::metadata(path).map_err(|e| failed(e.to_string()))?.len();
        if size > MAX_FILE {
            return Err(failed(format!("is {size} bytes long, {MAX_FILE} are allowed")));
        }
        let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
        let table: toml::Table = toml::from_str(&text).map_err(|e| failed(e.to_string()))?;
        let mut config = Config::default();
        for (name, value) in table {
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(yes) => if yes { "yes" } else { "no" }.to_owned(),
                toml::Value::Array(words) => words_of(&name, &words)?,
                toml::Value::Table(_) => {
                    let reason =
                        "a config file has no tables, one `name = value` a line".to_owned();
                    return Err(ConfigError::Setting { name, reason });
                }
                toml::Value::Float(_) | toml::Value::Datetime(_) => {
                    let reason = "takes a string, a whole number or a boolean".to_owned();
                    return Err(ConfigError::Setting { name, reason });
                }
            };
            config.set(&name, &value)?;
        }
        Ok(config)
    }

    /// Names a setting.
    ///
    /// # Errors
    /// [`ConfigError::Setting`] for an unknown setting, or a value that it does not take.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        let refused = |reason: String| ConfigError::Setting { name: name.to_owned(), reason };
        let setting = all_settings().find(|setting| setting.name == name);
        let setting = setting.ok_or_else(|| refused("there is no such setting".to_owned()))?;
        let scratch = Settings::new(SETTINGS);
        scratch.init(name, value).map_err(|error| refused(error.to_string()))?;
        self.named.insert(setting.name, value.to_owned());
        self.check_addresses()
    }

    /// The file that is to be looked through instead of serving: `--check FILE`.
    pub fn check(&self) -> Option<&Path> {
        self.check.as_deref()
    }

    /// Whether anybody named the setting.
    pub(crate) fn names(&self, setting: &Setting) -> bool {
        self.named.contains_key(setting.name)
    }

    /// The value of a setting, named or default.
    pub(crate) fn value(&self, setting: &'static Setting) -> &str {
        self.named.get(setting.name).map_or(setting.default, String::as_str)
    }

    /// A builder of a store with these settings; the program may add to it.
    ///
    /// # Errors
    /// None in practice: values are checked when they are named.
    pub fn store(&self) -> Result<StoreBuilder, SettingError> {
        let builder = Store::builder().settings(SETTINGS).lazy_free();
        self.named.iter().try_fold(builder, |builder, (name, value)| builder.set(name, value))
    }

    fn check_addresses(&self) -> Result<(), ConfigError> {
        self.native_addresses().and_then(|_| self.redis_addresses()).map(drop)
    }

    /// Where the native dialect is to be spoken.
    pub(crate) fn native_addresses(&self) -> Result<Vec<SocketAddr>, ConfigError> {
        self.addresses(self.port(&PORT)?)
    }

    /// Where the Redis dialect is to be spoken: nowhere if that is off.
    pub(crate) fn redis_addresses(&self) -> Result<Vec<SocketAddr>, ConfigError> {
        if self.value(&REDIS_PORT).eq_ignore_ascii_case("off") {
            return Ok(Vec::new());
        }
        self.addresses(self.port(&REDIS_PORT)?)
    }

    fn port(&self, setting: &'static Setting) -> Result<u16, ConfigError> {
        self.value(setting).parse().map_err(|_| ConfigError::Setting {
            name: setting.name.to_owned(),
            reason: "takes a port from 0 to 65535, or `off`".to_owned(),
        })
    }

    fn addresses(&self, port: u16) -> Result<Vec<SocketAddr>, ConfigError> {
        let words = self.value(&BIND).split_whitespace();
        if words.clone().next().is_none() {
            let reason = "takes at least one IP address".to_owned();
            return Err(ConfigError::Setting { name: BIND.name.to_owned(), reason });
        }
        let addresses = words.map(|word| {
            let address: Result<IpAddr, _> = word.parse();
            address.map(|ip| SocketAddr::new(ip, port)).map_err(|_| ConfigError::Setting {
                name: BIND.name.to_owned(),
                reason: format!("'{word}' is not an IP address"),
            })
        });
        addresses.collect()
    }
}

/// An array of strings, as the words of one value.
fn words_of(name: &str, words: &[toml::Value]) -> Result<String, ConfigError> {
    let words: Option<Vec<&str>> = words.iter().map(toml::Value::as_str).collect();
    words.map(|words| words.join(" ")).ok_or_else(|| ConfigError::Setting {
        name: name.to_owned(),
        reason: "takes an array of strings only".to_owned(),
    })
}

fn all_settings() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().chain(ENGINE_SETTINGS).copied()
}

/// The command line, made from the table of settings.
fn command() -> Command {
    let config = Arg::new("config")
        .long("config")
        .env("KV_CONFIG")
        .value_name("FILE")
        .help("TOML file of settings, one `name = value` a line");
    let check = Arg::new("check").long("check").value_name("FILE").help(
        "Look through a snapshot, a log or a data directory, say what is in it, and serve nothing",
    );
    let flags = all_settings().map(|setting| {
        let default = if setting.default.is_empty() { "\"\"" } else { setting.default };
        Arg::new(setting.name)
            .long(setting.name)
            .env(format!("KV_{}", setting.name.to_uppercase().replace('-', "_")))
            .hide_env_values(true)
            .value_name(value_name(&setting.kind))
            .help(format!("{} [default: {default}]", setting.doc))
    });
    Command::new("kv-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about("An in-memory key-value store: the native dialect on 31337, Redis's on 6379")
        .after_help(
            "Every setting is a flag, an environment variable and a line of the config file.",
        )
        .arg(config)
        .arg(check)
        .args(flags)
}

fn value_name(kind: &SettingKind) -> String {
    match kind {
        SettingKind::Bool => "yes|no".to_owned(),
        SettingKind::Int(_) => "N".to_owned(),
        SettingKind::Bytes(_) => "BYTES".to_owned(),
        SettingKind::Choice(words) => words.join("|"),
        SettingKind::Text | SettingKind::Checked(_) => "TEXT".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_settings() {
        let config = Config::from_args(["kv-server", "--port", "0", "--maxclients", "5"]).unwrap();
        assert_eq!(config.value(&PORT), "0");
        assert!(config.names(&PORT) && !config.names(&REDIS_PORT));
        let store = config.store().unwrap().build();
        assert_eq!(store.settings().number(&crate::settings::MAXCLIENTS), 5);
    }

    #[test]
    fn addresses_come_from_bind_and_ports() {
        let args = ["kv-server", "--bind", "127.0.0.1 ::1", "--redis-port", "off"];
        let config = Config::from_args(args).unwrap();
        let native: Vec<SocketAddr> =
            vec!["127.0.0.1:31337".parse().unwrap(), "[::1]:31337".parse().unwrap()];
        assert_eq!(config.native_addresses().unwrap(), native);
        assert_eq!(config.redis_addresses().unwrap(), []);
    }

    #[test]
    fn bad_values_are_named() {
        for (args, expected) in [
            (["--port", "70000"], "setting 'port': argument must be between 0 and 65535 inclusive"),
            (
                ["--redis-port", "on"],
                "setting 'redis-port': takes a port from 0 to 65535, or `off`",
            ),
            (["--bind", "here"], "setting 'bind': 'here' is not an IP address"),
            (["--bind", " "], "setting 'bind': takes at least one IP address"),
        ] {
            let error = Config::from_args(["kv-server"].iter().chain(&args)).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_file_is_overruled_by_flags() {
        let dir = std::env::temp_dir().join(format!("kv-config-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("kv.toml");
        std::fs::write(&path, "port = 7\nmaxclients = 9\nloglevel = \"debug\"\n").unwrap();
        let args = ["kv-server", "--config", path.to_str().unwrap(), "--port", "8"];
        let config = Config::from_args(args).unwrap();
        assert_eq!(config.value(&PORT), "8");
        assert_eq!(config.value(&crate::settings::MAXCLIENTS), "9");
        std::fs::write(&path, "prot = 7\n").unwrap();
        let error = Config::from_file(&path).unwrap_err();
        assert_eq!(error.to_string(), "setting 'prot': there is no such setting");
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(matches!(Config::from_file(&path), Err(ConfigError::File { .. })));
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }
}
