//! When a request is sent again.

use std::time::Duration;

/// How often a request is sent, and how long it waits in between.
///
/// Sent again are requests whose bytes are in memory, after throttling (429, 503 `SlowDown`), failures of the server (5xx but 501) and of
/// the connection. The pause is random, up to a limit that doubles each time; `Retry-After` makes it longer.
///
/// ```
/// use std::time::Duration;
///
/// use cse_reqwest::RetryPolicy;
///
/// let policy = RetryPolicy::new().max_attempts(5).max_delay(Duration::from_secs(5));
/// ```
///
/// In a browser (`wasm32`) a request is sent once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_delay: Duration,
    max_delay: Duration,
}

impl RetryPolicy {
    /// Three attempts; pauses of up to half a second, doubling up to 20 seconds.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_attempts: 3, initial_delay: Duration::from_millis(500), max_delay: Duration::from_secs(20) }
    }

    /// Never sends anything twice.
    #[must_use]
    pub const fn never() -> Self {
        Self { max_attempts: 1, ..Self::new() }
    }

    /// How often a request is sent at most, the first time included.
    #[must_use]
    pub const fn max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// The longest first pause.
    #[must_use]
    pub const fn initial_delay(self, initial_delay: Duration) -> Self {
        Self { initial_delay, ..self }
    }

    /// The longest pause. A server that asks for a longer one is not asked again.
    #[must_use]
    pub const fn max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// The pause after this many attempts, with a random number for it; `None` if that was the last.
    pub(super) fn delay(&self, attempts: u32, random: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if attempts >= self.max_attempts || cfg!(target_arch = "wasm32") {
            return None;
        }
        let doubled = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = self.initial_delay.saturating_mul(doubled).min(self.max_delay);
        let pause = longest.mul_f64(f64::from(random) / f64::from(u32::MAX));
        match retry_after {
            Some(asked) if asked > self.max_delay => None,
            Some(asked) => Some(pause.max(asked)),
            None => Some(pause),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// A random number, so that clients which failed together do not come back together.
pub(super) fn random() -> u32 {
    // Without randomness the longest pause is the careful one.
    getrandom::u32().unwrap_or(u32::MAX)
}

#[cfg(not(target_arch = "wasm32"))]
pub(super) async fn sleep(delay: Duration) {
    tokio::time::sleep(delay).await;
}

#[cfg(target_arch = "wasm32")]
pub(super) async fn sleep(_: Duration) {}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_their_limit() {
        let policy = RetryPolicy::new().max_attempts(100).initial_delay(SECOND).max_delay(5 * SECOND);
        let longest = |attempts| policy.delay(attempts, u32::MAX, None).unwrap();
        assert_eq!([1, 2, 3, 4, 99].map(longest), [SECOND, 2 * SECOND, 4 * SECOND, 5 * SECOND, 5 * SECOND]);
        assert_eq!(policy.delay(3, 0, None), Some(Duration::ZERO));
        assert!(policy.delay(1, u32::MAX / 2, None).unwrap() < SECOND);
    }

    #[test]
    fn attempts_end() {
        let policy = RetryPolicy::new().max_attempts(2);
        assert!(policy.delay(1, 0, None).is_some());
        assert_eq!(policy.delay(2, 0, None), None);
        assert_eq!(RetryPolicy::never().delay(1, 0, None), None);
    }

    #[test]
    fn servers_are_left_alone_as_long_as_they_ask_for() {
        let policy = RetryPolicy::new().initial_delay(SECOND).max_delay(5 * SECOND);
        assert_eq!(policy.delay(1, 0, Some(3 * SECOND)), Some(3 * SECOND));
        assert_eq!(policy.delay(2, u32::MAX, Some(SECOND)), Some(2 * SECOND));
        assert_eq!(policy.delay(1, 0, Some(6 * SECOND)), None);
    }
}
