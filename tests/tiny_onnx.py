"""Tiny ONNX models and their tokenizer, made when a test runs: bags of words whose answers can be reckoned by hand."""

import numpy as np
import onnx
import tokenizers

INT64, INT32, FLOAT, BOOL = (getattr(onnx.TensorProto, name) for name in ("INT64", "INT32", "FLOAT", "BOOL"))
WORDS = ("[UNK]", "[PAD]", "calm", "storm", "hail")
LOGITS = {"[UNK]": (0.0, 0.0), "[PAD]": (50.0, -50.0), "calm": (1.5, 0.0), "storm": (0.0, 2.0), "hail": (-0.5, 1.0)}
"""What each word adds to the logits of ``fine`` and ``rough``; filling up must not count, or it shows at once."""


def _node(*parts, **attributes):
    return onnx.helper.make_node(*parts, **attributes)


def _tensor(values, name):
    return onnx.numpy_helper.from_array(np.asarray(values), name)


def _value(name, kind, shape):
    return onnx.helper.make_tensor_value_info(name, kind, shape)


def _model(nodes, constants, *, inputs=("input_ids", "attention_mask"), kind=INT64, width=2):
    graph = onnx.helper.make_graph(
        nodes,
        "words",
        [_value(name, kind, ["texts", "tokens"]) for name in inputs],
        [_value("logits", FLOAT, ["texts", width])],
        constants,
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


def word_counter(table=None, **changed):
    """A bag of words: each token's row of ``table``, times its attention, added up."""
    rows = np.array([LOGITS[word] for word in WORDS] if table is None else table, dtype=np.float32)
    nodes = [
        _node("Gather", ["table", "input_ids"], ["rows"]),
        _node("Cast", ["attention_mask"], ["weights"], to=FLOAT),
        _node("Unsqueeze", ["weights", "last"], ["weight"]),
        _node("Mul", ["rows", "weight"], ["weighed"]),
        _node("ReduceSum", ["weighed", "middle"], ["logits"], keepdims=0),
    ]
    constants = [_tensor(rows, "table"), _tensor(np.array([2]), "last"), _tensor(np.array([1]), "middle")]
    return _model(nodes, constants, width=rows.shape[1], **changed)


def endless():
    """Adds one to a number ten thousand million times for each unit of its tokens' sum: hours."""
    body = onnx.helper.make_graph(
        [_node("Identity", ["go"], ["go_on"]), _node("Add", ["x", "one"], ["more"])],
        "body",
        [_value("turn", INT64, []), _value("go", BOOL, []), _value("x", FLOAT, [])],
        [_value("go_on", BOOL, []), _value("more", FLOAT, [])],
        [_tensor(np.float32(1), "one")],
    )
    nodes = [
        _node("ReduceSum", ["input_ids"], ["sum"], keepdims=0),
        _node("Mul", ["sum", "many"], ["turns"]),
        _node("Loop", ["turns", "yes", "zero"], ["count"], body=body),
        _node("Add", ["count", "pair"], ["logits"]),
    ]
    constants = [_tensor(10**10, "many"), _tensor(np.bool_(True), "yes"), _tensor(np.float32(0), "zero")]
    return _model(nodes, [*constants, _tensor(np.zeros((1, 2), np.float32), "pair")])


def with_weights_outside(location):
    """The bag of words with its table in another file, and what belongs into that file."""
    model = word_counter()
    table = model.graph.initializer[0]
    raw = table.raw_data
    table.ClearField("raw_data")
    table.data_location = onnx.TensorProto.EXTERNAL
    for key, text in (("location", location), ("offset", "0"), ("length", str(len(raw)))):
        entry = table.external_data.add()
        entry.key, entry.value = key, text
    return model, raw


def put(folder, model):
    """Write model and tokenizer into ``folder``, as an exporter would."""
    vocabulary = tokenizers.models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(vocabulary)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), "utf-8")
    (folder / "model.onnx").write_bytes(model.SerializeToString())
