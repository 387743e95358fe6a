//! The command line: reads what the owner wants, starts the server, says where it is.
//!
//! Standard output has one line, the address, once the server accepts; everything else goes to
//! standard error. Nothing is decided here that a test of the library could not see.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hubbub::App;
use hubbub::command::{Order, carry_out};
use hubbub::config::{Config, PublicUrl};
use hubbub::error::StartError;
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
  2  the command line or an environment variable is not understood
  3  cannot listen: the port is taken, or the address is not this machine's
  4  the data directory cannot be written
  5  another Hubbub is running on this data directory
  6  the database is damaged
  7  the database was written by a newer Hubbub

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
    let address = serve.listen;
    let listen_error = |error| StartError::listen(address, error);
    let listener = TcpListener::bind(address).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let app = App::open(Config {
        data,
        public_url: serve.public_url,
        guests: serve.guests.map(|guests| guests == Switch::On),
        limits: serve.limits == Switch::On,
    })?;
    // Before the address is printed: who reads it may already send the signal.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "Hubbub is ready: http://{address}")?;
    stdout.flush()?;
    if let Some(link) = app.setup_link(address) {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "Set up your workspace, once, at {link}")?;
    }
    hubbub::run(listener, app, async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
    .await;
    Ok(())
}
