"""MiniLM in numpy gives what the published model gives, alone or in a batch."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from errors import ConfigError
from memory import minilm
from memory.minilm import MiniLM


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    return MiniLM(tmp_path_factory.mktemp("cache"))


async def test_matches_the_published_similarities(embedder: MiniLM) -> None:
    # The values that sentence-transformers prints for this model in its own documentation.
    vectors = await embedder.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    published = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, published, atol=6e-5)


async def test_a_batch_of_mixed_lengths_gives_the_same_rows_in_order(embedder: MiniLM) -> None:
    texts = [f"{'word ' * (count % 13)}sentence number {count}" for count in range(20)]
    batch = await embedder.embed(texts)
    single = np.concatenate([await embedder.embed([text]) for text in texts])
    np.testing.assert_allclose(batch, single, atol=1e-5)


async def test_rows_are_float32_unit_vectors_and_repeat_exactly(embedder: MiniLM) -> None:
    texts = ["", "   ", "naïve café ☕", "\ud800 lone surrogate", "nul \x00 inside", "ok"]
    first, second = await embedder.embed(texts), await embedder.embed(texts)
    assert first.dtype == np.float32
    assert first.shape == (len(texts), embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(first, second)


async def test_the_parts_of_a_text_are_read_in_their_place(embedder: MiniLM) -> None:
    text, parts = "Where did I put the river bank report?", ((20, 30), (31, 37))
    whole, stressed = await embedder.embed_parts(text, parts)
    alone = await embedder.embed([text, "river bank report", "money bank report"])
    np.testing.assert_allclose(whole, alone[0], atol=1e-5)
    assert stressed @ alone[1] > whole @ alone[1] > 0
    assert stressed @ alone[1] > stressed @ alone[2]
    assert float(np.linalg.norm(stressed)) == pytest.approx(1, abs=1e-5)
    twice = await embedder.embed_parts(text, ())
    np.testing.assert_array_equal(twice[0], twice[1])


async def test_no_texts_give_no_rows(embedder: MiniLM) -> None:
    assert (await embedder.embed([])).shape == (0, 384)


async def test_text_past_256_tokens_is_not_seen(embedder: MiniLM) -> None:
    long = "apple " * 254
    same, cut, other = await embedder.embed([long, long + "volcano " * 500, "volcano " * 300])
    np.testing.assert_allclose(same, cut, atol=1e-5)
    assert float(same @ other) < 0.9


async def test_the_nearest_neighbour_is_the_one_that_means_the_same(embedder: MiniLM) -> None:
    pairs = [
        ("which deals are stuck?", "what proposals are not moving forward?"),
        ("I keep putting things off", "I procrastinate all the time"),
        ("the dentist rejected our offer", "our proposal was turned down by the dental clinic"),
        ("how much money is coming in?", "what revenue do we expect?"),
    ]
    left = await embedder.embed([pair[0] for pair in pairs])
    right = await embedder.embed([pair[1] for pair in pairs])
    assert (left @ right.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


async def test_a_question_does_not_wait_behind_many_texts(embedder: MiniLM) -> None:
    many = asyncio.create_task(embedder.embed(["apple " * 250] * 24))
    await embedder.embed(["apple " * 250])
    for text in ("a question", "and another", "and a third"):
        await embedder.embed([text])
    assert not many.done()
    many.cancel()
    with pytest.raises(asyncio.CancelledError):
        await many


def test_batches_hold_like_lengths_and_a_bounded_number_of_tokens() -> None:
    assert minilm.batches_by_length([]) == []
    assert minilm.batches_by_length([3, 256, 30, 29, 3]) == [[0, 4, 3, 2], [1]]
    lengths = [number % 200 + 3 for number in range(400)]
    batches = minilm.batches_by_length(lengths)
    assert sorted(index for batch in batches for index in batch) == list(range(400))
    padded = [len(batch) * max(lengths[index] for index in batch) for batch in batches]
    assert max(padded) <= minilm.BATCH_TOKENS and sum(padded) <= 1.1 * sum(lengths)


@pytest.mark.parametrize("count", [20, 68, 480])
def test_each_worker_has_the_same_share(count: int) -> None:
    sizes = [len(batch) for batch in minilm.batches_by_length([30] * count)]
    assert len(sizes) % minilm.BULK_WORKERS == 0
    assert max(sizes) - min(sizes) <= 1


def test_gelu_is_the_exact_one_within_thirty_millionths() -> None:
    values = np.linspace(-12, 12, 4801, dtype=np.float32)
    exact = [v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in values.tolist()]
    minilm.gelu(values, np.empty_like(values), np.empty_like(values))
    np.testing.assert_allclose(values, exact, atol=3e-5)


def test_wrong_weights_are_refused_and_right_ones_hashed_once(tmp_path: Path) -> None:
    original = minilm._package_folder() / "model.safetensors"
    copied = tmp_path / "model.safetensors"
    shutil.copy2(original, copied)
    minilm._check_weights(copied, tmp_path)
    started = time.perf_counter()
    minilm._check_weights(copied, tmp_path)
    assert time.perf_counter() - started < 0.02
    with copied.open("r+b") as file:
        file.seek(50_000_000)
        file.write(b"\x01\x02\x03\x04")
    with pytest.raises(ConfigError, match="SHA-256"):
        minilm._check_weights(copied, tmp_path)
    with pytest.raises(ConfigError, match="reinstall"):
        minilm._check_weights(tmp_path / "absent", tmp_path)
