//! The command line: reads what the owner wants, starts the server, says where it is.
//!
//! Standard output has one line, the address, once the server accepts; everything else goes to
//! standard error. Nothing is decided here that a test of the library could not see.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hubbub::command::{Order, carry_out};
use hubbub::config::{Config, Contact, Directory, Domain, PublicUrl, TlsOptions, network};
use hubbub::error::StartError;
use hubbub::{App, Doors, Tls};
use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const ABOUT: &str = "Hubbub: group chat that you run yourself";

const AFTER_HELP: &str = "\
Without a command, Hubbub serves. Open the address that it prints; stop it with Ctrl+C.
Everything that people write is in the data directory: keep that, and you keep everything.

Exit codes:
  0  stopped when it was told to (Ctrl+C, SIGTERM)
  1  something that should not happen; the message says what
  2  the command line or an environment variable is not understood, or options do not go together
  3  cannot listen: the port is taken, or the address is not this machine's
  4  the data directory cannot be written
  5  another Hubbub is running on this data directory
  6  the database is damaged
  7  the database was written by a newer Hubbub
  8  a certificate or its key cannot be used

RUST_LOG chooses what is logged to standard error, such as RUST_LOG=hubbub=debug.";

#[derive(Parser)]
#[command(version, about = ABOUT, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the chat (what happens without a command, too)
    #[command(after_help = AFTER_HELP)]
    Serve(Serve),
    #[command(flatten)]
    Order(Order),
}

/// Where the data is that a command is about.
#[derive(Args)]
struct Data {
    /// Directory for the database; made if it is not there
    #[arg(
        long,
        env = "HUBBUB_DATA",
        value_name = "DIR",
        default_value = "./hubbub-data",
        global = true
    )]
    data: PathBuf,
}

#[derive(Args)]
struct Serve {
    /// Address and port to listen on; port 0 takes any free one
    #[arg(long, env = "HUBBUB_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Where people reach this server, such as https://chat.example.org, if a proxy is in front
    #[arg(long, env = "HUBBUB_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,

    /// Speak HTTPS under this name, with certificates from Let's Encrypt; may be given several times
    #[arg(long, env = "HUBBUB_TLS_DOMAIN", value_name = "NAME", value_delimiter = ',')]
    tls_domain: Vec<Domain>,

    /// E-mail address that Let's Encrypt writes to if something is wrong
    #[arg(long, env = "HUBBUB_TLS_CONTACT", value_name = "MAIL")]
    tls_contact: Option<Contact>,

    /// Another certificate authority than Let's Encrypt: the address of its ACME directory
    #[arg(long, env = "HUBBUB_ACME_DIRECTORY", value_name = "URL")]
    acme_directory: Option<Directory>,

    /// PEM file of the certificate by which that authority is known, if browsers do not know it
    #[arg(long, env = "HUBBUB_ACME_ROOT", value_name = "FILE")]
    acme_root: Option<PathBuf>,

    /// Speak HTTPS with this certificate, a PEM file with its chain; looked at every ten seconds
    #[arg(long, env = "HUBBUB_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,

    /// The PEM file with the certificate's key
    #[arg(long, env = "HUBBUB_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// Where HTTPS is spoken: another address to listen on, where everyone is sent to HTTPS
    #[arg(long, env = "HUBBUB_REDIRECT_HTTP", value_name = "ADDR")]
    redirect_http: Option<SocketAddr>,

    /// A proxy, or a network of them, that is believed when it says for whom it asks
    /// (X-Forwarded-For, X-Forwarded-Proto); may be given several times
    #[arg(
        long,
        env = "HUBBUB_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ',',
        value_parser = network
    )]
    trusted_proxy: Vec<IpNet>,

    /// Whether people without an account may come in, whatever the workspace's owner has decided
    #[arg(long, env = "HUBBUB_GUESTS", value_name = "on|off")]
    guests: Option<Switch>,

    /// Whether people are kept from posting very much very fast, and from opening a thousand rooms
    #[arg(long, env = "HUBBUB_LIMITS", value_name = "on|off", default_value = "on")]
    limits: Switch,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let serve = match cli.command {
        Some(Command::Order(order)) => return obey(&cli.data.data, &order),
        Some(Command::Serve(serve)) => serve,
        None => cli.serve,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,hubbub=info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    allow_many_connections();
    match run(cli.data.data, serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = error.downcast_ref().map_or(1, StartError::exit_code);
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(code)
        }
    }
}

/// Does something to the data, beside a server or without one.
fn obey(data: &Path, order: &Order) -> ExitCode {
    match carry_out(data, order) {
        Ok(said) => {
            let _ = writeln!(std::io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Every connection is a file to the system, and the usual limit is for programs that open a few. A
/// system that allows more is asked for it.
fn allow_many_connections() {
    let limits = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limits.maximum, maximum: limits.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

#[tokio::main]
async fn run(data: PathBuf, serve: Serve) -> anyhow::Result<()> {
    let options = TlsOptions {
        domains: serve.tls_domain,
        contact: serve.tls_contact,
        directory: serve.acme_directory,
        root: serve.acme_root,
        certificate: serve.tls_cert,
        key: serve.tls_key,
    };
    let tls = options.checked(serve.public_url.as_ref(), serve.redirect_http.is_some())?;
    let listener = listen("--listen", serve.listen).await?;
    let address = listener.local_addr()?;
    let redirect = match serve.redirect_http {
        Some(address) => Some(listen("--redirect-http", address).await?),
        None => None,
    };
    let port = serve.public_url.as_ref().map_or(address.port(), PublicUrl::port);
    let urls = tls.as_ref().map_or_else(Vec::new, |tls| tls.urls(port));
    let place = match (urls.first(), &tls) {
        (Some(url), _) => url.to_string(),
        (None, Some(_)) => format!("https://{address}"),
        (None, None) => format!("http://{address}"),
    };
    let app = App::open(Config {
        data,
        public_url: serve.public_url.or_else(|| urls.first().cloned()),
        other_urls: urls,
        guests: serve.guests.map(|guests| guests == Switch::On),
        limits: serve.limits == Switch::On,
        tls,
        trusted_proxies: serve.trusted_proxy,
    })?;
    let doors = Doors { listener, tls: Tls::open(app.config())?, redirect };
    // Before the address is printed: who reads it may already send the signal.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "Hubbub is ready: {place}")?;
    stdout.flush()?;
    if let Some(link) = app.setup_link(&place) {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "Set up your workspace, once, at {link}")?;
    }
    hubbub::run(doors, app, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await;
    Ok(())
}

/// Listens where `option` says.
async fn listen(option: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| StartError::listen(option, address, error))
}
