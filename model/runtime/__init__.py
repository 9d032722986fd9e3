"""Runtime: the only room that opens networks, with checksums and providers."""

from model.runtime.assets import Asset, asset_path, catalogue, inventory, sha256
from model.runtime.session import Array, Net, device, open_net

__all__ = ["Array", "Asset", "Net", "asset_path", "catalogue", "device", "inventory", "open_net", "sha256"]
