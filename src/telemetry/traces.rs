//! Traces over OTLP: how long each pass, each upload and each call took. Where they go is for the
//! variables of OpenTelemetry to say; without an endpoint there are none.

use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// One of these has to be set (the specification of the OpenTelemetry protocol's exporter).
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const SERVICE: &str = "kms-haptik-sync";

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Hands the spans of this program to the collector; `None` where nobody wants them.
pub(super) fn layer<S>() -> Result<Option<impl Layer<S>>, String>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let wanted = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let Some(variable) = ENDPOINTS.iter().find(|name| wanted(name)) else {
        return Ok(None);
    };
    crate::tls::choose();
    let exporter = SpanExporter::builder()
        .with_http()
        .build()
        .map_err(|error| format!("{variable} cannot be used: {error}"))?;
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
    let resource = if named {
        Resource::builder()
    } else {
        Resource::builder().with_service_name(SERVICE)
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build();
    let tracer = provider.tracer(SERVICE);
    let _ = PROVIDER.set(provider);
    // Events may say more than a collector should know; spans carry names and numbers only.
    let own = filter_fn(|about| about.is_span() && about.target().starts_with("kms_haptik_sync"));
    Ok(Some(
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_filter(own),
    ))
}

/// Sends what is left.
pub(super) fn finish() {
    if let Some(provider) = PROVIDER.get()
        && let Err(error) = provider.shutdown()
    {
        tracing::warn!("the last traces were not sent: {error}");
    }
}
