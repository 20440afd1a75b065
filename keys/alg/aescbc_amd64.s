#include "textflag.h"

// func aesInvMixColumns(dst, src *[16]byte)
TEXT ·aesInvMixColumns(SB), NOSPLIT, $0-16
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVOU (SI), X0
	AESIMC X0, X1
	MOVOU X1, (DI)
	RET

// func aesCBCDecrypt(rounds int, keys *[16]byte, dst, src, iv *byte, blocks int)
//
// One block of CBC decryption waits for nothing but its ciphertext: eight go through the AES unit at once, which hides the
// latency of each round. All of a group's ciphertext is read before its plaintext is written, so dst may be src.
TEXT ·aesCBCDecrypt(SB), NOSPLIT, $0-48
	MOVQ rounds+0(FP), R8
	MOVQ keys+8(FP), R9
	MOVQ dst+16(FP), DI
	MOVQ src+24(FP), SI
	MOVQ iv+32(FP), R10
	MOVQ blocks+40(FP), CX
	MOVOU (R10), X14            // the ciphertext block before

eight:
	CMPQ CX, $8
	JLT one
	MOVOU 0(SI), X0
	MOVOU 16(SI), X1
	MOVOU 32(SI), X2
	MOVOU 48(SI), X3
	MOVOU 64(SI), X4
	MOVOU 80(SI), X5
	MOVOU 96(SI), X6
	MOVOU 112(SI), X7
	MOVOU (R9), X8
	PXOR X8, X0
	PXOR X8, X1
	PXOR X8, X2
	PXOR X8, X3
	PXOR X8, X4
	PXOR X8, X5
	PXOR X8, X6
	PXOR X8, X7
	LEAQ 16(R9), R11
	LEAQ -1(R8), R12

round8:
	MOVOU (R11), X8
	AESDEC X8, X0
	AESDEC X8, X1
	AESDEC X8, X2
	AESDEC X8, X3
	AESDEC X8, X4
	AESDEC X8, X5
	AESDEC X8, X6
	AESDEC X8, X7
	ADDQ $16, R11
	DECQ R12
	JNZ round8
	MOVOU (R11), X8
	AESDECLAST X8, X0
	AESDECLAST X8, X1
	AESDECLAST X8, X2
	AESDECLAST X8, X3
	AESDECLAST X8, X4
	AESDECLAST X8, X5
	AESDECLAST X8, X6
	AESDECLAST X8, X7
	PXOR X14, X0
	MOVOU 0(SI), X9
	PXOR X9, X1
	MOVOU 16(SI), X9
	PXOR X9, X2
	MOVOU 32(SI), X9
	PXOR X9, X3
	MOVOU 48(SI), X9
	PXOR X9, X4
	MOVOU 64(SI), X9
	PXOR X9, X5
	MOVOU 80(SI), X9
	PXOR X9, X6
	MOVOU 96(SI), X9
	PXOR X9, X7
	MOVOU 112(SI), X14
	MOVOU X0, 0(DI)
	MOVOU X1, 16(DI)
	MOVOU X2, 32(DI)
	MOVOU X3, 48(DI)
	MOVOU X4, 64(DI)
	MOVOU X5, 80(DI)
	MOVOU X6, 96(DI)
	MOVOU X7, 112(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $8, CX
	JMP eight

one:
	TESTQ CX, CX
	JZ done
	MOVOU (SI), X0
	MOVO X0, X9
	MOVOU (R9), X8
	PXOR X8, X0
	LEAQ 16(R9), R11
	LEAQ -1(R8), R12

round1:
	MOVOU (R11), X8
	AESDEC X8, X0
	ADDQ $16, R11
	DECQ R12
	JNZ round1
	MOVOU (R11), X8
	AESDECLAST X8, X0
	PXOR X14, X0
	MOVO X9, X14
	MOVOU X0, (DI)
	ADDQ $16, SI
	ADDQ $16, DI
	DECQ CX
	JMP one

done:
	RET

// func aesEncryptEight(rounds int, keys *[16]byte, blocks *[128]byte)
//
// Eight blocks, each on its own, in place.
TEXT ·aesEncryptEight(SB), NOSPLIT, $0-24
	MOVQ rounds+0(FP), R8
	MOVQ keys+8(FP), R9
	MOVQ blocks+16(FP), DI
	MOVOU 0(DI), X0
	MOVOU 16(DI), X1
	MOVOU 32(DI), X2
	MOVOU 48(DI), X3
	MOVOU 64(DI), X4
	MOVOU 80(DI), X5
	MOVOU 96(DI), X6
	MOVOU 112(DI), X7
	MOVOU (R9), X8
	PXOR X8, X0
	PXOR X8, X1
	PXOR X8, X2
	PXOR X8, X3
	PXOR X8, X4
	PXOR X8, X5
	PXOR X8, X6
	PXOR X8, X7
	DECQ R8

round:
	ADDQ $16, R9
	MOVOU (R9), X8
	AESENC X8, X0
	AESENC X8, X1
	AESENC X8, X2
	AESENC X8, X3
	AESENC X8, X4
	AESENC X8, X5
	AESENC X8, X6
	AESENC X8, X7
	DECQ R8
	JNZ round
	MOVOU 16(R9), X8
	AESENCLAST X8, X0
	AESENCLAST X8, X1
	AESENCLAST X8, X2
	AESENCLAST X8, X3
	AESENCLAST X8, X4
	AESENCLAST X8, X5
	AESENCLAST X8, X6
	AESENCLAST X8, X7
	MOVOU X0, 0(DI)
	MOVOU X1, 16(DI)
	MOVOU X2, 32(DI)
	MOVOU X3, 48(DI)
	MOVOU X4, 64(DI)
	MOVOU X5, 80(DI)
	MOVOU X6, 96(DI)
	MOVOU X7, 112(DI)
	RET
