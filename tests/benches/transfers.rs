//! Puts and gets on the sandbox: the AWS SDK alone, and encrypted through each adapter. What counts are the ratios; server and client
//! share the machine.

use core::time::Duration;

use aws_sdk_s3::config::{Credentials, Region};
use aws_smithy_http_client::Builder;
use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use cse_aws_sdk::SdkTransport;
use cse_client::{
    Client, Config, ReadMode,
    danger::{self, accept_unauthenticated},
};
use cse_keys::AesKeyring;
use cse_reqwest::ReqwestTransport;
use cse_sandbox::Sandbox;
use futures_util::TryStreamExt;
use tokio::runtime::Runtime;

const BUCKET: &str = "bucket";
const LENS: [usize; 2] = [4 << 10, 32 << 20];

/// The clients, and the sandbox that serves them until it is dropped.
struct World {
    runtime: Runtime,
    sdk: aws_sdk_s3::Client,
    adapters: [(&'static str, Client); 2],
    _sandbox: Sandbox,
}

impl World {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime starts");
        let sandbox = runtime.block_on(Sandbox::builder().bucket(BUCKET).start()).expect("the sandbox starts");
        let sdk = sdk(&sandbox);
        let http = reqwest(&sandbox);
        let adapters = [
            ("cse-aws-sdk", client(Client::new(SdkTransport::new(&sdk), keyring()))),
            ("cse-reqwest", client(Client::new(http, keyring()))),
        ];
        Self { runtime, sdk, adapters, _sandbox: sandbox }
    }
}

fn keyring() -> AesKeyring {
    AesKeyring::new(&[7; 32]).expect("a key of 32 bytes")
}

fn client(client: Client) -> Client {
    client.with_config(Config::new().read_mode(ReadMode::Verified { memory_limit: 64 << 20 }))
}

fn sdk(sandbox: &Sandbox) -> aws_sdk_s3::Client {
    let credentials = Credentials::new(sandbox.access_key_id(), sandbox.secret_access_key(), None, None, "sandbox");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
        .region(Region::new(sandbox.region().to_owned()))
        .credentials_provider(credentials)
        .endpoint_url(sandbox.endpoint())
        .force_path_style(true)
        .http_client(Builder::new().build_http())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

fn reqwest(sandbox: &Sandbox) -> ReqwestTransport {
    let http = cse_reqwest::client_builder().build().expect("a client without TLS");
    let transport = ReqwestTransport::new(http, sandbox.region());
    let transport = transport.endpoint(&sandbox.endpoint()).expect("the sandbox is at a URL");
    transport.credentials(cse_reqwest::Credentials::new(sandbox.access_key_id(), sandbox.secret_access_key()))
}

fn name(len: usize) -> String {
    if len < 1 << 20 { format!("{} KiB", len >> 10) } else { format!("{} MiB", len >> 20) }
}

fn puts(group: &mut BenchmarkGroup<'_, WallTime>, world: &World, len: usize) {
    let plaintext = bytes::Bytes::from(vec![7; len]);
    group.bench_function("plain SDK", |bencher| {
        bencher.to_async(&world.runtime).iter(|| async {
            let put = world.sdk.put_object().bucket(BUCKET).key(format!("plain/{len}"));
            put.body(plaintext.clone().into()).send().await.expect("a put")
        });
    });
    for (adapter, client) in &world.adapters {
        group.bench_function(*adapter, |bencher| {
            bencher.to_async(&world.runtime).iter(|| async {
                client.put(BUCKET, format!("encrypted/{len}"), plaintext.clone()).send().await.expect("a put")
            });
        });
    }
}

fn gets(group: &mut BenchmarkGroup<'_, WallTime>, world: &World, len: usize) {
    group.bench_function("plain SDK", |bencher| {
        bencher.to_async(&world.runtime).iter(|| async {
            let got = world.sdk.get_object().bucket(BUCKET).key(format!("plain/{len}")).send().await.expect("a get");
            got.body.collect().await.expect("a body").into_bytes()
        });
    });
    for (adapter, client) in &world.adapters {
        let get = || client.get(BUCKET, format!("encrypted/{len}"));
        group.bench_function(format!("{adapter}, verified"), |bencher| {
            bencher
                .to_async(&world.runtime)
                .iter(|| async { get().send().await.expect("a get").content.collect().await.expect("verified bytes") });
        });
        group.bench_function(format!("{adapter}, as a stream"), |bencher| {
            bencher.to_async(&world.runtime).iter(|| async {
                let got = danger::stream(get()).send().await.expect("a get");
                let chunks = accept_unauthenticated(got.content);
                chunks
                    .try_fold(0, async |sum, chunk: bytes::Bytes| Ok(sum + chunk.len()))
                    .await
                    .expect("verified bytes")
            });
        });
    }
}

fn main() {
    let world = World::new();
    let mut criterion =
        Criterion::default().sample_size(20).measurement_time(Duration::from_secs(5)).configure_from_args();
    for len in LENS {
        let throughput = Throughput::Bytes(u64::try_from(len).expect("it fits"));
        let mut group = criterion.benchmark_group(format!("put {}", name(len)));
        puts(group.throughput(throughput.clone()), &world, len);
        group.finish();
        let mut group = criterion.benchmark_group(format!("get {}", name(len)));
        gets(group.throughput(throughput), &world, len);
        group.finish();
    }
    criterion.final_summary();
}
