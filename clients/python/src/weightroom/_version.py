# SPDX-License-Identifier: GPL-3.0-or-later
"""The version, which is that of the engine it was made with."""

__version__ = "0.1.0"
