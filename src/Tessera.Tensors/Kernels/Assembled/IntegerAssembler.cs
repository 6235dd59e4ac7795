using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tessera.Tensors.Kernels.Assembled;

/// <summary>
/// Writes the machine code of the integer kernels: AVX-512 with VNNI, 1 to 6 rows × 32 outputs in registers, one call per tile. Takes the
/// address of an <see cref="IntegerBlock"/> whose X and C point at the tile's first row. Every kernel gives the bits of
/// <see cref="ScalarIntegerKernel"/>.
/// </summary>
/// <remarks>
/// Registers: zmm0–11 the integer sums, row by row, two panels each; zmm12–23 the chains; zmm24–27 codes, then scales or minima; zmm28 a
/// row's four values in every lane; zmm29 a product of scales; zmm30 and zmm31 the masks of high bits and
/// nibbles. Planes that a source lacks have addresses all the same; nothing is read there.
/// </remarks>
internal sealed class IntegerAssembler
{
    /// <summary>Most rows of a tile: 6 × 2 × 2 sums leave room for codes.</summary>
    public const int MaxRows = 6;

    private static readonly AssemblerRegister64 Codes = r8, Scales = r9, Minima = r10, High = r11, Super = r12, Second = r13,
        X = rsi, Stride = rdx, Stride3 = rcx, Stride5 = rbx, Count = rbp, C = rdi, CRow = rax, Scratch = r14, Ahead = r15;

    private readonly Assembler _code = new(64);
    private readonly IntegerSource _source;
    private readonly bool _wide;
    private readonly int _rows;
    private readonly bool _windows;

    private IntegerAssembler(IntegerSource source, bool wide, int rows, bool windows)
    {
        (_source, _wide, _rows, _windows) = (source, wide, rows, windows);
    }

    private bool IsNibbles => _source >= IntegerSource.Nibbles;

    private bool IsHalf => _source is IntegerSource.Bytes or IntegerSource.Nibbles or IntegerSource.NibblesMin or IntegerSource.Five or IntegerSource.FiveMin;

    private bool IsSuper => _source is IntegerSource.Super4 or IntegerSource.Super5 or IntegerSource.Super6;

    private bool IsSixteen => _source is IntegerSource.Sixteen or IntegerSource.Super6;

    private bool HasMinimum => _source is IntegerSource.Minimum or IntegerSource.SmallMinimum or IntegerSource.NibblesMin
        or IntegerSource.FiveMin or IntegerSource.Super4 or IntegerSource.Super5;

    // Bits that a plane of their own adds to the nibbles: none, one or two.
    private int HighBits => _source switch
    {
        IntegerSource.Five or IntegerSource.FiveMin or IntegerSource.Super5 => 1,
        IntegerSource.Super6 => 2,
        _ => 0,
    };

    // 128 / zero point as a power of two: the activations bring -128 · Σq.
    private int ZeroShift => _source switch
    {
        IntegerSource.Nibbles => 4,
        IntegerSource.Five => 3,
        IntegerSource.Super6 => 2,
        _ => 0,
    };

    private int NumberBytes => PanelLayout.Width * (IsSuper ? 1 : IsHalf ? 2 : 4);

    private int Tail => ActivationLayout.ValueBytes(_wide);

    /// <summary>The code of one kernel.</summary>
    /// <param name="source">What it reads.</param>
    /// <param name="wide">Whether activations have 16 bits.</param>
    /// <param name="rows">Rows of its tile, 1 to <see cref="MaxRows"/>.</param>
    /// <param name="windows">Whether it is called the Windows way rather than the System V way.</param>
    public static byte[] Assemble(IntegerSource source, bool wide, int rows, bool windows)
    {
        var assembler = new IntegerAssembler(source, wide, rows, windows);
        assembler.Write();
        using var stream = new MemoryStream();
        assembler._code.Assemble(new StreamCodeWriter(stream), 0); // position-independent: jumps are relative, there is no data
        return stream.ToArray();
    }

    private void Write()
    {
        Enter();
        var (loop, end) = (_code.CreateLabel(), _code.CreateLabel());
        _code.test(Count, Count);
        _code.jle(end);
        _code.Label(ref loop);
        for (var sub = 0; sub < (IsSixteen ? 2 : 1); sub++)
        {
            Products(sub);
            Scale(sub);
        }

        if (HasMinimum) AddMinima();
        Advance();
        _code.test(Count, Count);
        _code.jnz(loop);
        _code.Label(ref end);
        Leave();
    }

    private static AssemblerRegisterZMM Zmm(int index) => new((Register)((int)Register.ZMM0 + index));

    private static AssemblerRegisterZMM Sum(int row, int panel) => Zmm(2 * row + panel);

    private static AssemblerRegisterZMM Chain(int row, int panel) => Zmm(12 + 2 * row + panel);

    // Where row r's record stands, plus an offset: one base and three multiples of the stride reach six rows.
    private static AssemblerMemoryOperand Row(int row, int offset) => row switch
    {
        0 => X + offset,
        1 => X + Stride + offset,
        2 => X + Stride * 2 + offset,
        3 => X + Stride3 + offset,
        4 => X + Stride * 4 + offset,
        _ => X + Stride5 + offset,
    };

    private AssemblerRegister64[] Saved() => _windows ? [rbx, rbp, r12, r13, r14, r15, rsi, rdi] : [rbx, rbp, r12, r13, r14, r15];

    private static AssemblerRegisterXMM SavedXmm(int index) => new((Register)((int)Register.XMM6 + index));

    private void Enter()
    {
        foreach (var register in Saved()) _code.push(register);
        if (_windows) // xmm6-15 belong to the caller there
        {
            _code.sub(rsp, 160);
            for (var i = 0; i < 10; i++) _code.vmovups(__xmmword_ptr[rsp + 16 * i], SavedXmm(i));
        }

        _code.mov(Scratch, _windows ? rcx : rdi);
        if (IsNibbles)
        {
            _code.mov(eax, 0x0F0F0F0F);
            _code.vpbroadcastd(zmm31, eax);
            _code.mov(eax, HighBits == 1 ? 0x10101010 : 0x30303030);
            _code.vpbroadcastd(zmm30, eax);
        }

        AssemblerRegister64[] words = [Codes, Scales, Minima, High, Super, Second, X, Stride, Count, C, CRow]; // the order of IntegerBlock
        for (var word = 0; word < words.Length; word++) _code.mov(words[word], __qword_ptr[Scratch + 8 * word]);
        _code.mov(Ahead, __qword_ptr[Scratch + 8 * (words.Length + 1)]);
        _code.lea(Stride3, __[Stride + Stride * 2]);
        _code.lea(Stride5, __[Stride + Stride * 4]);
        _code.shl(CRow, 2);
        var (fresh, ready) = (_code.CreateLabel(), _code.CreateLabel());
        _code.cmp(__qword_ptr[Scratch + 8 * words.Length], 0);
        _code.je(fresh);
        EachChain((chain, address) => _code.vmovups(chain, address));
        _code.jmp(ready);
        _code.Label(ref fresh);
        for (var row = 0; row < _rows; row++)
        {
            for (var panel = 0; panel < 2; panel++) Clear(Chain(row, panel));
        }

        _code.Label(ref ready);
    }

    private void Leave()
    {
        EachChain((chain, address) => _code.vmovups(address, chain));
        if (_windows)
        {
            for (var i = 0; i < 10; i++) _code.vmovups(SavedXmm(i), __xmmword_ptr[rsp + 16 * i]);
            _code.add(rsp, 160);
        }

        foreach (var register in Saved().Reverse()) _code.pop(register);
        _code.vzeroupper();
        _code.ret();
    }

    private void EachChain(Action<AssemblerRegisterZMM, AssemblerMemoryOperand> move)
    {
        _code.mov(Scratch, C);
        for (var row = 0; row < _rows; row++)
        {
            if (row > 0) _code.add(Scratch, CRow);
            move(Chain(row, 0), __zmmword_ptr[Scratch]);
            move(Chain(row, 1), __zmmword_ptr[Scratch + 64]);
        }
    }

    private void Clear(AssemblerRegisterZMM register) => _code.vpxord(register, register, register);

    // All steps of a block (or half block) into the integer sums, the codes' zero point taken off.
    private void Products(int sub)
    {
        if (_wide)
        {
            for (var row = 0; row < _rows; row++)
            {
                Clear(Sum(row, 0));
                Clear(Sum(row, 1));
            }

            Steps(sub, 0);
            for (var row = 0; row < _rows; row++)
            {
                _code.vpslld(Sum(row, 0), Sum(row, 0), 8);
                _code.vpslld(Sum(row, 1), Sum(row, 1), 8);
                if (HasMinimum) continue;
                Start(zmm28, row, sub);
                _code.vpaddd(Sum(row, 0), Sum(row, 0), zmm28);
                _code.vpaddd(Sum(row, 1), Sum(row, 1), zmm28);
            }

            Steps(sub, 32);
            return;
        }

        for (var row = 0; row < _rows; row++)
        {
            if (HasMinimum) Clear(Sum(row, 0));
            else Start(Sum(row, 0), row, sub);
            _code.vmovdqa32(Sum(row, 1), Sum(row, 0));
        }

        Steps(sub, 0);
    }

    // What undoes the zero point: -128·Σq as the activations bring it, scaled to the zero point.
    private void Start(AssemblerRegisterZMM to, int row, int sub)
    {
        var first = IsSixteen && sub == 0;
        _code.vpbroadcastd(to, __dword_ptr[Row(row, Tail + (first ? ActivationLayout.FirstHalfStart : ActivationLayout.Start))]);
        if (IsSixteen && sub == 1) _code.vpsubd(to, to, __dword_bcst[Row(row, Tail + ActivationLayout.FirstHalfStart)]);
        if (ZeroShift > 0) _code.vpsrad(to, to, (byte)ZeroShift);
    }

    private void Steps(int sub, int plane)
    {
        if (!IsNibbles)
        {
            var (first, last) = IsSixteen ? (4 * sub, 4 * sub + 4) : (0, 8);
            for (var step = first; step < last; step++)
            {
                LoadCodes(zmm24, zmm25, plane, step);
                Dots(plane + 4 * step, zmm24, zmm25);
            }

            return;
        }

        for (var pair = 0; pair < 4; pair++)
        {
            LoadCodes(zmm26, zmm27, plane, pair);
            if (!IsSixteen || sub == 0)
            {
                _code.vpandd(zmm24, zmm26, zmm31);
                _code.vpandd(zmm25, zmm27, zmm31);
                AddHighBits(zmm24, zmm25, pair);
            }

            if (!IsSixteen || sub == 1)
            {
                _code.vpsrld(zmm26, zmm26, 4);
                _code.vpsrld(zmm27, zmm27, 4);
            }

            if (!IsSixteen || sub == 0) Dots(plane + 4 * pair, zmm24, zmm25);
            if (IsSixteen && sub == 0) continue;
            _code.vpandd(zmm26, zmm26, zmm31);
            _code.vpandd(zmm27, zmm27, zmm31);
            AddHighBits(zmm26, zmm27, pair + 4);
            Dots(plane + 4 * (pair + 4), zmm26, zmm27);
        }
    }

    private void LoadCodes(AssemblerRegisterZMM first, AssemblerRegisterZMM second, int plane, int word)
    {
        _code.vmovdqu32(first, __zmmword_ptr[Codes + 64 * word]);
        _code.vmovdqu32(second, __zmmword_ptr[Codes + Second + 64 * word]);
        if (plane != 0) return;
        _code.lea(Scratch, __[Codes + Ahead + 64 * word]);
        Fetch();
    }

    // Rotates a step's bits above the nibbles and merges them: codes | (bits & mask).
    private void AddHighBits(AssemblerRegisterZMM first, AssemblerRegisterZMM second, int step)
    {
        if (HighBits == 0) return;
        var offset = HighBits == 2 ? 64 * (step / 4) : 0;
        var rotation = (byte)(((HighBits == 2 ? 2 * (step & 3) : step) - 4) & 31);
        _code.vprord(zmm28, __zmmword_ptr[High + offset], rotation);
        _code.vpternlogd(first, zmm28, zmm30, 0xF8);
        _code.vprord(zmm29, __zmmword_ptr[High + Second + offset], rotation);
        _code.vpternlogd(second, zmm29, zmm30, 0xF8);
    }

    // The line at Scratch and its like in the second panel, into the second-level cache (see CachePrefetch).
    private void Fetch()
    {
        _code.prefetcht1(__[Scratch]);
        _code.prefetcht1(__[Scratch + Second]);
    }

    private void Dots(int offset, AssemblerRegisterZMM codes0, AssemblerRegisterZMM codes1)
    {
        for (var row = 0; row < _rows; row++)
        {
            _code.vpbroadcastd(zmm28, __dword_ptr[Row(row, offset)]);
            _code.vpdpbusd(Sum(row, 0), codes0, zmm28);
            _code.vpdpbusd(Sum(row, 1), codes1, zmm28);
        }
    }

    // The scales or minima of both panels into zmm24 and zmm25, and the lines that hold the next pair's.
    private void Numbers(AssemblerRegister64 plane, int offset, int superOffset)
    {
        Numbers(zmm24, plane + offset, Super + superOffset);
        Numbers(zmm25, plane + Second + offset, Super + Second + superOffset);
        _code.lea(Scratch, __[plane + Ahead]);
        Fetch();
    }

    private void Numbers(AssemblerRegisterZMM to, AssemblerMemoryOperand address, AssemblerMemoryOperand super)
    {
        if (IsHalf) _code.vcvtph2ps(to, __ymmword_ptr[address]);
        else if (!IsSuper) _code.vmovups(to, __zmmword_ptr[address]);
        if (!IsSuper) return;
        if (_source == IntegerSource.Super6) _code.vpmovsxbd(to, __xmmword_ptr[address]);
        else _code.vpmovzxbd(to, __xmmword_ptr[address]);
        _code.vcvtdq2ps(to, to);
        _code.vcvtph2ps(zmm29, __ymmword_ptr[super]);
        _code.vmulps(to, to, zmm29);
    }

    private void Scale(int sub)
    {
        Numbers(Scales, sub * NumberBytes, 0);
        for (var row = 0; row < _rows; row++)
        {
            for (var panel = 0; panel < 2; panel++)
            {
                _code.vcvtdq2ps(Sum(row, panel), Sum(row, panel));
                _code.vmulps(zmm29, panel == 0 ? zmm24 : zmm25, __dword_bcst[Row(row, Tail + ActivationLayout.Scale)]);
                _code.vfmadd231ps(Chain(row, panel), zmm29, Sum(row, panel));
            }
        }
    }

    private void AddMinima()
    {
        Numbers(Minima, 0, 2 * PanelLayout.Width);
        for (var row = 0; row < _rows; row++)
        {
            for (var panel = 0; panel < 2; panel++)
            {
                var (minimum, sum) = (panel == 0 ? zmm24 : zmm25, __dword_bcst[Row(row, Tail + ActivationLayout.ScaledSum)]);
                if (IsSuper) _code.vfnmadd231ps(Chain(row, panel), minimum, sum); // K-quants subtract theirs
                else _code.vfmadd231ps(Chain(row, panel), minimum, sum);
            }
        }
    }

    private void Advance()
    {
        _code.add(X, ActivationLayout.BlockBytes(_wide));
        _code.add(Codes, IsNibbles ? PanelLayout.BlockCodes / 2 : PanelLayout.BlockCodes);
        _code.add(Scales, NumberBytes * (IsSixteen ? 2 : 1));
        if (HasMinimum) _code.add(Minima, NumberBytes);
        if (HighBits > 0) _code.add(High, 64 * HighBits);
        _code.dec(Count);
        if (!IsSuper) return;
        var same = _code.CreateLabel(); // blocks come in groups of 8 that share a line of the super plane
        _code.test(Count, 7);
        _code.jnz(same);
        _code.add(Super, _source == IntegerSource.Super6 ? 32 : 64);
        _code.Label(ref same);
    }
}
