//! Asynchronous work, and what Ctrl-C does to it.

use core::time::Duration;

use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};

use crate::{
    error::{Failure, Kind},
    interrupt,
    output::Console,
};

/// How long threads that read and write files may take to end what they are at.
const PATIENCE: Duration = Duration::from_secs(1);

/// Tells work that the user wants it to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until it is wanted: for ever, as a rule.
    pub(crate) async fn wanted(&self) {
        if self.0.clone().wait_for(|is_wanted| *is_wanted).await.is_err() {
            // The listener has gone, so nobody can want it any more.
            core::future::pending().await
        }
    }

    /// For tests: it is wanted from the beginning.
    #[cfg(test)]
    pub(crate) fn wanted_now() -> Self {
        Self(watch::channel(true).1)
    }

    pub(crate) fn is_wanted(&self) -> bool {
        *self.0.borrow()
    }

    /// Does what leaves nothing behind when it is dropped half way.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            () = self.wanted() => Err(Failure::interrupted(INTERRUPTED)),
        }
    }
}

/// Of work that leaves nothing behind.
pub(crate) const INTERRUPTED: &str = "interrupted";

/// Runs asynchronous work to its end. On the first Ctrl-C it is told to stop, on the second the program ends at once, and says what
/// that may leave behind (`at_once`).
///
/// The work itself, and so all encryption, runs on the calling thread. The runtime has threads of its own for the connections: TLS and
/// the sockets of parts in flight then use other cores than the encryption does. With one thread for both, they would take turns.
pub(crate) fn run<W>(console: &Console, at_once: impl Into<String>, work: impl FnOnce(Stop) -> W) -> Result<(), Failure>
where
    W: Future<Output = Result<(), Failure>>,
{
    let runtime = start().map_err(|error| {
        Failure::new(Kind::File, format!("no threads can be started: {error}"), "see what else runs on this machine")
    })?;
    let (want_stop, stop) = watch::channel(false);
    let (console, at_once) = (*console, Failure::interrupted(at_once));
    let done = runtime.block_on(async {
        // Without it Ctrl-C ends the program at once; that is no reason not to run.
        if let Ok(signals) = Signals::new() {
            interrupt::take_over();
            tokio::spawn(listen(signals, want_stop, console, at_once));
        }
        work(Stop(stop.clone())).await
    });
    if *stop.borrow() {
        // A thread may be writing to an unfinished file, which goes with it.
        runtime.shutdown_timeout(PATIENCE);
        interrupt::stop(|_| {
            // Work that came to its end all the same has said so.
            if let Err(failure) = done {
                console.fail(&failure);
            }
        });
    }
    // A thread may be waiting for standard input, which nobody wants any more.
    runtime.shutdown_background();
    done
}

fn start() -> std::io::Result<Runtime> {
    // More do not help: the encryption is the slower part.
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 4));
    Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

async fn listen(mut signals: Signals, want_stop: watch::Sender<bool>, console: Console, at_once: Failure) {
    signals.next().await;
    want_stop.send_replace(true);
    signals.next().await;
    interrupt::stop(|_| console.complain(&at_once));
}

/// Ctrl-C and its like.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let [interrupt, terminate, hangup] = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Ok(Self([signal(interrupt)?, signal(terminate)?, signal(hangup)?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            core::future::pending().await
        }
    }
}
