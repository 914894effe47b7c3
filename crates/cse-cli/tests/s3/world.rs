//! `cse` with an S3 and a KMS of its own.
#![allow(unreachable_pub, reason = "a module of a test")]

use std::{
    io::{Read as _, Write as _},
    process::{Child, Command, Stdio},
};

use aws_sdk_s3::{
    config::{BehaviorVersion, Credentials, Region},
    types::{BucketVersioningStatus, VersioningConfiguration},
};
use cse_aws_sdk::SdkTransport;
use cse_client::{
    Metadata, ObjectLocation,
    transport::{
        CreateMultipartUpload, GetObject, HeadObject, ListMultipartUploads, ListObjects, ObjectAttributes, PutObject,
        Transport as _, TransportErrorKind,
    },
};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::{Done, Sandbox};

/// The bucket that is there.
pub const BUCKET: &str = "bucket";

/// The verbs that can go without the SDK.
const VERBS: &[&str] = &["put", "get", "cat", "ls", "head", "inspect", "cp", "rm", "verify", "rewrap", "uploads"];

/// Base64 of an AES key.
pub const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
pub const OTHER_KEY: &str = "k3HuugkhtnkSdjrIZW8NMgMUAji8ELkRoAInBr9RL6U=";

/// A folder to run in, an S3 and a KMS.
pub struct World {
    pub files: Sandbox,
    endpoint: String,
    s3: aws_sdk_s3::Client,
    transport: SdkTransport,
    _server: cse_sandbox::Sandbox,
    // Last: the server runs on it.
    runtime: Runtime,
}

impl World {
    /// With `aes.key` and `other.key` in the folder.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let builder = cse_sandbox::Sandbox::builder().bucket(BUCKET).s3_only_credentials("AKS3ONLY", "SKS3ONLY");
        let server = runtime.block_on(builder.start()).unwrap();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(server.endpoint())
            .force_path_style(true)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(
                server.access_key_id(),
                server.secret_access_key(),
                None,
                None,
                "test",
            ))
            .build();
        let s3 = aws_sdk_s3::Client::from_conf(config);
        let transport = SdkTransport::new(&s3);
        let files = Sandbox::new();
        files.write("aes.key", KEY);
        files.write("other.key", OTHER_KEY);
        Self { files, endpoint: server.endpoint(), s3, transport, _server: server, runtime }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A run whose line is split at white space.
    pub fn cse(&self, line: &str) -> Done {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, b"", &[])
    }

    /// A variable without a value is not set.
    pub fn run_with(&self, arguments: &[&str], stdin: &[u8], variables: &[(&str, &str)]) -> Done {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        for (name, value) in variables {
            match *value {
                "" => command.env_remove(name),
                value => command.env(name, value),
            };
        }
        let output = command.write_stdin(stdin).output().unwrap();
        Done {
            code: output.status.code().unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// `cse` as it is run here: it sees nothing of the machine's own settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cse"));
        let (verb, rest) = arguments.split_first().unwrap();
        command.arg(verb);
        if crate::HTTP && VERBS.contains(verb) {
            command.arg("--http");
        }
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.current_dir(self.files.path("")).args(rest).envs([
            ("HOME", self.files.path("").to_str().unwrap()),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_ACCESS_KEY_ID", "AKEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "SKEXAMPLE"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        command
    }

    /// Puts text under a key, wrapped by `aes.key`, as `cse put` does.
    #[track_caller]
    pub fn put(&self, key: &str, text: &str, options: &str) {
        let name = format!("s3://{BUCKET}/{key}");
        let mut words = vec!["put", "-", &name, "--aes-key", "aes.key"];
        words.extend(options.split_whitespace());
        self.run_with(&words, text.as_bytes(), &[]).ok();
    }

    /// What is stored, without any decryption.
    pub fn stored(&self, key: &str) -> Option<(ObjectAttributes, Vec<u8>)> {
        let request = GetObject::new(ObjectLocation::new(BUCKET, key));
        self.runtime.block_on(async {
            match self.transport.get_object(request).await {
                Ok(response) => Some((response.attributes, response.body.collect().await.unwrap().to_vec())),
                Err(error) if error.kind() == TransportErrorKind::NotFound => None,
                Err(error) => panic!("{error}"),
            }
        })
    }

    pub fn attributes(&self, key: &str) -> ObjectAttributes {
        let request = HeadObject::new(ObjectLocation::new(BUCKET, key));
        self.runtime.block_on(self.transport.head_object(request)).unwrap()
    }

    /// Stores bytes as they are.
    pub fn store(&self, key: &str, metadata: Metadata, body: Vec<u8>) {
        let mut request = PutObject::new(ObjectLocation::new(BUCKET, key), body.into());
        request.metadata = metadata;
        self.runtime.block_on(self.transport.put_object(request)).unwrap();
    }

    /// Flips one bit of a stored body.
    pub fn change(&self, key: &str) {
        let (attributes, mut body) = self.stored(key).unwrap();
        *body.first_mut().unwrap() ^= 1;
        self.store(key, attributes.metadata, body);
    }

    /// From now on the bucket keeps old versions.
    pub fn keep_versions(&self) {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = self.s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send();
        self.runtime.block_on(put).unwrap();
    }

    /// All keys, sorted.
    pub fn keys(&self) -> Vec<String> {
        let page = self.runtime.block_on(self.transport.list_objects(ListObjects::new(BUCKET))).unwrap();
        page.objects.into_iter().map(|object| object.key).collect()
    }

    /// How many uploads are unfinished.
    pub fn unfinished(&self) -> usize {
        let list = self.transport.list_multipart_uploads(ListMultipartUploads::new(BUCKET));
        self.runtime.block_on(list).unwrap().uploads.len()
    }

    /// Begins an upload and leaves it; gives its id.
    pub fn begin_upload(&self, key: &str) -> String {
        let request = CreateMultipartUpload::new(ObjectLocation::new(BUCKET, key));
        self.runtime.block_on(self.transport.create_multipart_upload(request)).unwrap()
    }
}

/// The lines of JSON on standard output.
#[track_caller]
pub fn json_lines(done: &Done) -> Vec<Value> {
    done.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A `cse put -` that waits in the middle of an upload in parts: it has read more than a put in one request takes, and its input is open.
pub struct Stuck(pub Child);

impl Stuck {
    pub fn put(world: &World, arguments: &[&str]) -> Self {
        let mut child = world
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // What is written and not yet taken fits in a pipe and a few buffers. So once this returns the first parts are under way.
        child.stdin.as_mut().unwrap().write_all(&vec![b'x'; 40 * 1024 * 1024]).unwrap();
        Self(child)
    }

    /// As by `kill -9`.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// As by Ctrl-C; gives the exit code and what was said. The input stays open until then.
    pub fn interrupt(mut self) -> (Option<i32>, String) {
        interrupt(&self.0);
        let code = self.0.wait().unwrap().code();
        (code, said(&mut self.0))
    }
}

/// All of the standard error of a run that has ended.
pub fn said(child: &mut Child) -> String {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

pub fn interrupt(child: &Child) {
    signal(child, "INT");
}

pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}
