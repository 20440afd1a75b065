"""Just enough of libgcrypt for make_packets.py: ciphers and modes that Python's cryptography lacks."""
import ctypes

_lib = ctypes.CDLL("libgcrypt.so.20")
_lib.gcry_check_version.restype = ctypes.c_char_p
VERSION = _lib.gcry_check_version(None).decode()
CBC, CTR, CCM, GCM = 3, 6, 8, 9
SET_CCM_LENGTHS = 69
# gcry_cipher_algos, by key bytes
AES = {16: 7, 24: 8, 32: 9}
CAMELLIA = {16: 310, 24: 311, 32: 312}
SERPENT = {16: 304, 24: 305, 32: 306}
TWOFISH = {16: 303, 32: 10}
SEED, SM4 = {16: 309}, {16: 318}
CHACHA20 = {32: 316}
POLY1305 = 10  # the mode
HMAC_SM3 = 128  # of gcry_mac_algos


def mac(algo, key, data, n):
    """The front of a MAC."""
    h, size, out = ctypes.c_void_p(), ctypes.c_size_t(64), ctypes.create_string_buffer(64)
    for f, args in ((_lib.gcry_mac_open, (ctypes.byref(h), algo, 0, None)), (_lib.gcry_mac_setkey, (h, key, ctypes.c_size_t(len(key)))),
                    (_lib.gcry_mac_write, (h, data, ctypes.c_size_t(len(data)))), (_lib.gcry_mac_read, (h, out, ctypes.byref(size)))):
        if f(*args):
            raise ValueError("libgcrypt refuses " + f.__name__)
    return out.raw[:n]


class Cipher:
    def __init__(self, algo, mode, key):
        self.h = ctypes.c_void_p()
        self._do(_lib.gcry_cipher_open, ctypes.byref(self.h), algo, mode, 0)
        self._do(_lib.gcry_cipher_setkey, self.h, key, ctypes.c_size_t(len(key)))

    def _do(self, f, *args):
        if f(*args):
            raise ValueError("libgcrypt refuses " + f.__name__)

    def iv(self, iv):
        self._do(_lib.gcry_cipher_setiv, self.h, iv, ctypes.c_size_t(len(iv)))

    def counter(self, ctr):
        self._do(_lib.gcry_cipher_setctr, self.h, ctr, ctypes.c_size_t(len(ctr)))

    def ccm_lengths(self, data, ad, tag):
        v = (ctypes.c_uint64 * 3)(data, ad, tag)
        self._do(_lib.gcry_cipher_ctl, self.h, SET_CCM_LENGTHS, v, ctypes.c_size_t(24))

    def authenticate(self, ad):
        self._do(_lib.gcry_cipher_authenticate, self.h, ad, ctypes.c_size_t(len(ad)))

    def encrypt(self, data):
        out = ctypes.create_string_buffer(max(1, len(data)))
        if data:
            self._do(_lib.gcry_cipher_encrypt, self.h, out, ctypes.c_size_t(len(data)), data, ctypes.c_size_t(len(data)))
        return out.raw[:len(data)]

    def tag(self, n):
        out = ctypes.create_string_buffer(n)
        self._do(_lib.gcry_cipher_gettag, self.h, out, ctypes.c_size_t(n))
        return out.raw
