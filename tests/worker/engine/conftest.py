from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "engine",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # a run that fails is small enough as it is; shrinking takes minutes
)
