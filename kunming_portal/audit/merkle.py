"""A Merkle tree (RFC 6962) fed leaf by leaf: its root binds every leaf, its memory is the height of the tree."""

import hashlib


class Tree:
    """Grows by `add`; `root` may be asked at any time."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # roots of full subtrees, largest first, one for every bit of the size

    def add(self, leaf: bytes) -> None:
        """Append a leaf. Amortised one hash."""
        node, size = hashlib.sha256(b"\x00" + leaf).digest(), self.size
        while size & 1:
            node = _joined(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root; of an empty tree the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256().digest()
        *left, node = self._peaks
        for peak in reversed(left):
            node = _joined(peak, node)
        return node


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
