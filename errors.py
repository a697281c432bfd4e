"""Every error a caller can see, drawn as one tree.

MosaicError
├── BadRequest            400  the request cannot be read
├── Unauthenticated       401  no valid log-in
├── Forbidden             403  logged in, not allowed
├── NotFound              404  not there, or not the caller's
│   └── FeatureDisabled   404  its feature flag is off
├── Conflict              409  the state does not allow it
├── Gone                  410  it was there and is over
├── TooLarge              413  over a size limit
├── Invalid               422  readable, but a value is wrong
├── TooManyRequests       429  try again after `retry_after`
└── Unavailable           503  a part we need is down; try again
    └── ModelUnavailable  503  the model provider is down
ConfigError               a setting is wrong; the service does not start
"""

from __future__ import annotations


class MosaicError(Exception):
    """An error with the sentence that the user reads.

    `detail` says what was wrong, with what, and what to do. `code` is stable and
    machine-readable. `retry_after` is in seconds, where trying again helps.
    """

    status = 500
    code = "internal"
    retryable = False

    def __init__(
        self, detail: str, *, code: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code
        self.retry_after = retry_after


class BadRequest(MosaicError):
    status, code = 400, "bad_request"


class Unauthenticated(MosaicError):
    status, code = 401, "unauthenticated"


class Forbidden(MosaicError):
    status, code = 403, "forbidden"


class NotFound(MosaicError):
    status, code = 404, "not_found"


class FeatureDisabled(NotFound):
    code = "feature_disabled"


class Conflict(MosaicError):
    status, code = 409, "conflict"


class Gone(MosaicError):
    status, code = 410, "gone"


class TooLarge(MosaicError):
    status, code = 413, "too_large"


class Invalid(MosaicError):
    status, code = 422, "invalid"


class TooManyRequests(MosaicError):
    status, code, retryable = 429, "too_many_requests", True


class Unavailable(MosaicError):
    status, code, retryable = 503, "unavailable", True


class ModelUnavailable(Unavailable):
    code = "model_unavailable"


class ConfigError(Exception):
    """A setting is wrong or a needed part is missing; says which and what to do."""
