//! Logging to standard error, and traces if a collector is configured.

mod line;
mod repeats;
#[cfg(feature = "opentelemetry")]
mod traces;

use std::io::IsTerminal;

#[cfg(not(feature = "opentelemetry"))]
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use super::Failure;
use crate::config::{LogFormat, Server};
use line::Lines;
use repeats::{Limited, Repeats};
#[cfg(feature = "opentelemetry")]
use traces::Traces;

/// The log and the traces of a running service. Dropping it writes what is pending.
pub(super) struct Reporting {
    repeats: Repeats,
    #[cfg(feature = "opentelemetry")]
    _traces: Option<Traces>,
}

impl Drop for Reporting {
    fn drop(&mut self) {
        self.repeats.report();
    }
}

/// Starts logging and tracing as configured.
pub(super) fn start(config: &Server) -> Result<Reporting, Failure> {
    let filter = EnvFilter::try_new(&config.log).map_err(|_| Failure::Log(config.log.clone()))?;
    let coloured = config.log_format == LogFormat::Text && std::io::stderr().is_terminal();
    let repeats = Repeats::new(config.log_repeats);
    let lines = tracing_subscriber::fmt::layer().with_ansi(coloured);
    macro_rules! limited {
        ($lines:expr, $writer:expr) => {
            $lines
                .with_writer($writer)
                .map_event_format(|format| Limited { format, repeats: repeats.clone() })
                .boxed()
        };
    }
    let lines = match config.log_format {
        LogFormat::Text if coloured => limited!(lines, Lines::Coloured),
        LogFormat::Text => limited!(lines, Lines::Text),
        LogFormat::Json => limited!(lines.json().flatten_event(true), Lines::Json),
    };
    #[cfg(feature = "opentelemetry")]
    let traces = config.otlp.as_deref().map(Traces::to).transpose()?;
    #[cfg(feature = "opentelemetry")]
    let spans = traces.as_ref().map(Traces::layer);
    #[cfg(not(feature = "opentelemetry"))]
    let spans: Option<LevelFilter> = without_traces(config)?;
    tracing_subscriber::registry().with(spans).with(lines.with_filter(filter)).init();
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    actix_web::rt::spawn(repeats.clone().report_regularly());
    Ok(Reporting {
        repeats,
        #[cfg(feature = "opentelemetry")]
        _traces: traces,
    })
}

/// No layer for traces: the program is built without them.
#[cfg(not(feature = "opentelemetry"))]
fn without_traces(config: &Server) -> Result<Option<LevelFilter>, Failure> {
    match &config.otlp {
        None => Ok(None),
        Some(url) => {
            let cause =
                "this program was built without traces; build it with `--features opentelemetry`";
            Err(Failure::Otlp { url: url.clone(), cause: cause.to_owned() })
        }
    }
}
