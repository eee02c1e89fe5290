"""Calls of the C library that Python has no function for. Importing ctypes takes longer than starting a kernel may wait; what it is made of does not."""


def load():
    """A function `call(name, *arguments)` over the C library: whole numbers, bytes and None go in, a whole number comes out."""
    try:
        import _ctypes

        library, address, call = _ctypes.dlopen(None, 0), _ctypes.dlsym, _ctypes.call_function
        return lambda name, *arguments: call(address(library, name), arguments)
    except (ImportError, AttributeError):
        import ctypes

        library = ctypes.CDLL(None)
        return lambda name, *arguments: getattr(library, name)(*arguments)
