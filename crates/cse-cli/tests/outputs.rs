//! What becomes of files: inputs stay, old files stay until new ones are complete, and permissions stay.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Done, Sandbox};

const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
const SEAL: &str = "seal plain --out body --metadata meta.json --aes-key aes.key";
const OPEN: &str = "open body --metadata meta.json --aes-key aes.key";

/// An object sealed under `aes.key`.
fn sealed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("aes.key", KEY);
    sandbox.write("plain", "0123456789");
    sandbox.cse(SEAL).ok();
    sandbox
}

#[test]
fn an_output_is_never_an_input() {
    let sandbox = sealed();
    for name in ["i.json", "pw", "kms.json", "token", "rsa.pem"] {
        sandbox.write(name, "[]");
    }
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    std::fs::hard_link(sandbox.path("aes.key"), sandbox.path("hard")).unwrap();
    let mut lines = vec![
        (OPEN.to_owned() + " --out body", "body"),
        (OPEN.to_owned() + " --out folder/../meta.json", "folder/../meta.json"),
        (OPEN.to_owned() + " --instruction i.json --out i.json", "i.json"),
        (OPEN.to_owned() + " --out aes.key", "aes.key"),
        (OPEN.to_owned() + " --out hard", "hard"),
        ("open body --metadata meta.json --rsa-key rsa.pem --rsa-password pw --out pw".to_owned(), "pw"),
        ("open body --metadata meta.json --kms-answers kms.json --out kms.json".to_owned(), "kms.json"),
        ("open body --metadata meta.json --kms-answers kms.json --grant-token token --out token".to_owned(), "token"),
        ("seal plain --out plain --metadata m --aes-key aes.key".to_owned(), "plain"),
        ("seal plain --out b --metadata ./plain --aes-key aes.key".to_owned(), "./plain"),
        ("seal plain --out b --metadata aes.key --aes-key aes.key".to_owned(), "aes.key"),
        ("seal plain --out b --metadata m --instruction aes.key --aes-key aes.key".to_owned(), "aes.key"),
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("aes.key", sandbox.path("link")).unwrap();
        lines.push(("seal plain --out b --metadata link --aes-key aes.key".to_owned(), "link"));
        lines.push(("seal plain --out b --metadata aes.key --aes-key link".to_owned(), "aes.key"));
    }
    let contents = || -> Vec<_> {
        sandbox.files().iter().filter(|name| *name != "folder").map(|name| sandbox.read(name)).collect()
    };
    let before = contents();
    for (line, output) in lines {
        for force in ["", " --force"] {
            let what = format!("the output {output} is also an input of this run");
            sandbox.cse(&format!("{line}{force}")).fails(2, &what, "give the output a name of its own");
        }
    }
    assert_eq!(contents(), before);
}

/// Writing to `/dev/full` fails.
#[cfg(target_os = "linux")]
#[test]
fn a_failed_seal_leaves_the_old_object() {
    let sandbox = sealed();
    sandbox.cse("seal plain --out body --metadata meta.json --instruction i.json --aes-key aes.key --force").ok();
    let read = || ["body", "meta.json", "i.json"].map(|name| sandbox.read(name));
    let (before, files) = (read(), sandbox.files());
    for outputs in [
        "--out body --metadata /dev/full",
        "--out body --metadata meta.json --instruction /dev/full",
        "--out body --metadata /dev/full --instruction i.json",
        "--out /dev/full --metadata meta.json --instruction i.json",
    ] {
        let done = sandbox.cse(&format!("seal plain {outputs} --aes-key aes.key --force"));
        let what = "cannot write /dev/full: No space left on device";
        done.fails(1, what, "make room, or choose another folder");
        assert_eq!((read(), sandbox.files()), (before.clone(), files.clone()), "{outputs}");
    }
}

/// The body comes last: where it cannot appear, the files before it are as they were.
#[cfg(unix)]
#[test]
fn a_body_that_cannot_appear_leaves_the_old_files() {
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };
    let sandbox = sealed();
    std::fs::remove_file(sandbox.path("body")).unwrap();
    let meta = sandbox.read("meta.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_cse"))
        .args("seal - --out body --metadata meta.json --instruction i.json --aes-key aes.key --force".split(' '))
        .current_dir(sandbox.path("."))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Somebody takes the name of the body while it is being made.
    while sandbox.files().iter().filter(|name| name.starts_with(".cse-")).count() < 3 {
        std::thread::sleep(core::time::Duration::from_millis(5));
    }
    sandbox.write("body", "another's");
    child.stdin.take().unwrap().write_all(b"plaintext").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.starts_with(b"error: body exists already"), "{output:?}");
    assert_eq!((sandbox.read("body"), sandbox.read("meta.json")), (b"another's".to_vec(), meta));
    assert_eq!(sandbox.files(), ["aes.key", "body", "meta.json", "plain"]);
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_drafts_are_private() {
    use std::{
        io::Write as _,
        os::unix::fs::PermissionsExt as _,
        process::{Command, Stdio},
    };
    let sandbox = sealed();
    let mode = |name: &str| std::fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o7777;
    let usual = mode("plain");
    assert_eq!((mode("body"), mode("meta.json")), (usual, usual));
    sandbox.write("out", "old");
    for old in [0o600, 0o640, 0o444] {
        for name in ["out", "body", "meta.json"] {
            std::fs::set_permissions(sandbox.path(name), std::fs::Permissions::from_mode(old)).unwrap();
        }
        sandbox.cse(&format!("{SEAL} --force")).ok();
        sandbox.cse(&format!("{OPEN} --out out --force")).ok();
        assert_eq!(["out", "body", "meta.json"].map(mode), [old; 3]);
    }
    sandbox.cse(&format!("{OPEN} --out new")).ok();
    assert_eq!(mode("new"), usual);
    let mut child = Command::new(env!("CARGO_BIN_EXE_cse"))
        .args("open - --metadata meta.json --aes-key aes.key --out newer".split(' '))
        .current_dir(sandbox.path("."))
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&vec![0; 3 << 20]).unwrap();
    // The first with bytes inside: the file that probes the umask has none.
    let draft = loop {
        let is_draft = |name: &String| {
            name.starts_with(".cse-") && std::fs::metadata(sandbox.path(name)).is_ok_and(|about| about.len() > 0)
        };
        match sandbox.files().into_iter().find(is_draft) {
            Some(draft) => break draft,
            None => std::thread::sleep(core::time::Duration::from_millis(5)),
        }
    };
    assert_eq!(mode(&draft), 0o600);
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

/// Runs a line whose standard output is closed before anything is read from it.
fn with_closed_stdout(sandbox: &Sandbox, line: &str) -> Done {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_cse"))
        .args(line.split(' '))
        .current_dir(sandbox.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Done { code: output.status.code().unwrap(), stdout: Vec::new(), stderr }
}

#[cfg(unix)]
#[test]
fn a_reader_that_stops_is_no_error_except_of_a_seal() {
    let sandbox = sealed();
    sandbox.write("plain", vec![7; 8 << 20]);
    sandbox.cse(&format!("{SEAL} --force")).ok();
    for line in [OPEN, "inspect meta.json", "completions bash", "keygen aes"] {
        let done = with_closed_stdout(&sandbox, line);
        assert_eq!(done.code, 0, "{line}");
        assert!(!done.stderr.contains("error"), "{}", done.stderr);
    }
    let files = sandbox.files();
    for line in ["seal plain --metadata m2 --aes-key aes.key", "seal plain --out b2 --metadata - --aes-key aes.key"] {
        with_closed_stdout(&sandbox, line).fails(
            1,
            "the output was closed before all of the object was written",
            "see why its reader stopped, then seal again: no file was written",
        );
        assert_eq!(sandbox.files(), files, "{line}");
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere() {
    let sandbox = sealed();
    std::os::unix::fs::symlink("nowhere", sandbox.path("link")).unwrap();
    for force in ["", " --force"] {
        sandbox.cse(&format!("{OPEN} --out link{force}")).fails(
            1,
            "link is a link, and what it points to cannot be used: No such file or directory",
            "remove the link, or choose another name",
        );
    }
}

#[test]
fn reports_name_files_as_typed() {
    let sandbox = sealed();
    for _ in 0..2 {
        let line = "seal plain --out ./b --metadata ./m --instruction ./i --aes-key aes.key --force --json";
        let report = sandbox.cse(line).ok().stdout_json();
        assert_eq!([&report["body"], &report["metadata"], &report["instruction"]], ["./b", "./m", "./i"]);
    }
}

/// Ciphertext leaves at once, and nothing can take it back.
#[cfg(unix)]
#[test]
fn an_interrupted_seal_says_that_its_output_is_not_complete() {
    use std::{
        io::{Read as _, Write as _},
        process::{Command, Stdio},
    };
    let sandbox = sealed();
    let before = sandbox.files();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cse"))
        .args("seal - --metadata m --aes-key aes.key --json".split(' '))
        .current_dir(sandbox.path("."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let feed = std::thread::spawn(move || stdin.write_all(&vec![0; 3 << 20]).map(|()| stdin));
    stdout.read_exact(&mut [0; 1024]).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Whether all was read before is no matter.
    drop(feed.join().unwrap());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let error: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(error["error"]["what"], "interrupted; what came out is not complete");
    assert_eq!(sandbox.files(), before);
}
