"""A large text model as a local ONNX file: optional, never downloaded, never in the pipeline's way."""
