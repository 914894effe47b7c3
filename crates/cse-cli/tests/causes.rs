//! Messages that name the true cause, and what is likely where the cause cannot be known.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Sandbox, Vector, words};

const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
const OTHER: &str = "k3HuugkhtnkSdjrIZW8NMgMUAji8ELkRoAInBr9RL6U=";
const DECRYPT: &str = "decryption failed: the key or the context is not the object's, or the object was changed";
const OPEN: &str = "open body --metadata meta.json --aes-key aes.key";

/// An object of the vectors, and `open` with what it takes.
fn object(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let options = sandbox.put(&Vector::new(name));
    (sandbox, format!("open {}", words(&options).join(" ")))
}

/// An object sealed under `aes.key`.
fn sealed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("aes.key", KEY);
    sandbox.write("plain", "0123456789");
    sandbox.cse("seal plain --out body --metadata meta.json --aes-key aes.key").ok();
    sandbox
}

#[test]
fn damaged_contexts() {
    let (sandbox, open) = object("java-v4/v2-kmsctx-ctx-nonascii");
    let open = format!("{open} --policy require-encrypt-allow-decrypt");
    let lost = "each `?` in the stored context may be a character that was lost: give the true entries with --context K=V, and add \
                --caller-context";
    sandbox.cse(&open).fails(
        1,
        DECRYPT,
        "an encryption context is stored and none was given; each `?` in the stored one may be a character that was lost: give \
         the true entries with --context K=V, and add --caller-context",
    );
    sandbox.cse(&format!("{open} --accept-stored-context")).fails(1, DECRYPT, lost);
    sandbox.cse(&format!("{open} --context a=b")).fails(1, DECRYPT, lost);
    sandbox.cse(&format!("{open} --context a=b --caller-context")).fails(
        1,
        DECRYPT,
        "give every entry with --context as it was when the object was written, and see that --kms-answers has the answer for it",
    );
    let mut words: Vec<_> = open.split(' ').collect();
    words.extend(["--context", "café=naïve", "--context", "名前=漢字 🗝️", "--caller-context"]);
    sandbox.run(&words).ok();

    let text = sandbox.cse("inspect meta.json").ok();
    let expected = "--context NAME=VALUE --context 'café=naïve' --caller-context\n\
                    note         each `?` in the context may be a character that was lost: for NAME=VALUE write the true entry\n";
    assert!(text.stdout_text().contains(expected), "{}", text.stdout_text());
    let report = sandbox.cse("inspect meta.json --json").ok().stdout_json();
    assert_eq!(report["context_damaged"], true);
    let (whole, _) = object("java-v4/v3-kmsctx-ctx-ascii");
    assert!(whole.cse("inspect meta.json --json").ok().stdout_json().get("context_damaged").is_none());
}

#[test]
fn rotated_keys() {
    let sandbox = sealed();
    sandbox.write("other.key", OTHER);
    let together = "check that the key is the object's, which names AES/GCM and no description, and that metadata and body belong together";
    let rotated = "if the key was rotated, the newer wrapped key is in the instruction file: add --instruction FILE";
    let open = "open body --metadata meta.json --aes-key other.key";
    sandbox.cse(open).fails(1, DECRYPT, &format!("{together}; {rotated}"));
    sandbox.cse("seal plain --out body --metadata meta.json --instruction i.json --aes-key aes.key --force").ok();
    sandbox.cse(&format!("{open} --instruction i.json")).fails(1, DECRYPT, together);
}

/// What an object says of its key, by which a user finds it.
#[test]
fn the_description_of_the_key() {
    let sandbox = sealed();
    sandbox.write("other.key", OTHER);
    sandbox.write("rsa.pem", include_bytes!("data/rsa-encrypted.pem"));
    sandbox
        .cse("seal plain --out body --metadata meta.json --aes-key aes.key --description generation=2 --description owner=me --force")
        .ok();
    let names = "the description {\"generation\": \"2\", \"owner\": \"me\"}";
    let done = sandbox.cse("open body --metadata meta.json --aes-key other.key");
    assert!(
        done.stderr
            .contains(&format!("next: check that the key is the object's, which names AES/GCM and {names}, and that")),
        "{}",
        done.stderr
    );
    sandbox.write("kms.json", "[]");
    sandbox.cse("open body --metadata meta.json --kms-answers kms.json").fails(
        1,
        "the data key is wrapped by AES/GCM, and no key of that kind is given",
        &format!("give the key with --aes-key SRC; the object names {names}"),
    );
}

#[cfg(unix)]
#[test]
fn temporary_folders() {
    let sandbox = sealed();
    let nowhere = sandbox.path("nowhere");
    let variables = [("TMPDIR", nowhere.to_str().unwrap())];
    let what = format!(
        "cannot write a temporary file in {} (the folder TMPDIR names): No such file or directory",
        nowhere.display()
    );
    let next = "make that folder, or set TMPDIR to one that exists";
    sandbox.run_with(&["demo"], b"", &variables).fails(1, &what, next);
    let open = "open - --metadata meta.json --aes-key aes.key --range 0-1";
    let done = sandbox.run_with(&open.split(' ').collect::<Vec<_>>(), &sandbox.read("body"), &variables);
    done.fails(1, &what, next);
    // More than is kept in memory; whether it is the object's body shows only at its end.
    std::fs::File::create(sandbox.path("body")).unwrap().set_len(66 << 20).unwrap();
    sandbox.run_with(&OPEN.split(' ').collect::<Vec<_>>(), b"", &variables).fails(1, &what, next);
}

#[test]
fn traditional_encrypted_pem() {
    let sandbox = sealed();
    sandbox.write("rsa.pem", include_bytes!("data/rsa-1024-old-encryption.pem"));
    sandbox.write("password", "x");
    for password in ["", "--rsa-password password"] {
        sandbox.cse(&format!("open body --metadata meta.json --rsa-key rsa.pem {password}")).fails(
            1,
            "the RSA key is encrypted in an old way of OpenSSL (Proc-Type: 4,ENCRYPTED), which is not read",
            "convert it with `openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem`, and give that with its --rsa-password",
        );
    }
}

#[test]
fn metadata_of_other_encodings() {
    let sandbox = sealed();
    let text = String::from_utf8(sandbox.read("meta.json")).unwrap();
    let utf16 = |unit: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        format!("{mark}{text}").encode_utf16().flat_map(unit).collect()
    };
    for bytes in [
        format!("\u{feff}{text}").into_bytes(),
        utf16(u16::to_le_bytes, "\u{feff}"),
        utf16(u16::to_be_bytes, "\u{feff}"),
        utf16(u16::to_le_bytes, ""),
        utf16(u16::to_be_bytes, ""),
    ] {
        sandbox.write("meta.json", bytes);
        assert_eq!(sandbox.cse(OPEN).ok().stdout, b"0123456789");
    }
    sandbox.write("meta.json", b"\xff\xfe{\0\"\0a");
    sandbox.cse(OPEN).fails(
        1,
        "the metadata seems to be UTF-16 text, and is not well formed",
        "save it as UTF-8, for example with: iconv -f UTF-16 -t UTF-8 OLD.json > NEW.json",
    );
}

#[test]
fn a_variable_without_a_name() {
    sealed().cse("open body --metadata meta.json --aes-key env:").fails(
        2,
        "--aes-key says `env:` without the name of a variable",
        "write env:NAME, where NAME is an environment variable that holds it",
    );
}

#[test]
fn what_is_known_without_the_instruction_file() {
    let (sandbox, _) = object("java-v4/v3-aesgcm256-instr-0000033");
    assert_eq!(
        sandbox.cse("inspect meta.json").ok().stdout_text(),
        "format       V3, key in an instruction file that is not given\n\
         content      AES-GCM with key commitment (0x0073, authenticated, committing)\n\
         commitment   on the object, as it must be\n\
         needed       --instruction FILE: the body of the object KEY.instruction; it tells the rest\n"
    );
    assert_eq!(
        sandbox.cse("inspect meta.json --json").ok().stdout_json(),
        serde_json::json!({
            "version": "V3", "content": "115", "content_id": "0x0073", "authenticated": true, "committing": true,
            "wrap": null, "key_in": "instruction-file-needed", "plaintext_len_hint": null,
            "flags": ["--instruction", "I.json"], "perhaps": [], "probably_written_by": [],
        })
    );
}
