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
/// row's four values in every lane; zmm29 a product of scales; zmm31 the nibble mask. The minima's addresses are loaded even where there are none.
/// </remarks>
internal sealed class IntegerAssembler
{
    /// <summary>Most rows of a tile: 6 × 2 × 2 sums leave room for codes.</summary>
    public const int MaxRows = 6;

    private static readonly AssemblerRegister64 Codes0 = r8, Codes1 = r9, Scales0 = r10, Scales1 = r11, Minima0 = r12, Minima1 = r13,
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

    private bool IsNibbles => _source is IntegerSource.Nibbles or IntegerSource.NibblesMin;

    private bool IsHalf => _source is IntegerSource.Bytes or IntegerSource.Nibbles or IntegerSource.NibblesMin;

    private bool IsSixteen => _source == IntegerSource.Sixteen;

    private bool HasMinimum => _source is IntegerSource.Minimum or IntegerSource.SmallMinimum or IntegerSource.NibblesMin;

    private int Zero => HasMinimum ? 0 : _source == IntegerSource.Nibbles ? 8 : 128;

    private int NumberBytes => PanelLayout.Width * (IsHalf ? 2 : 4);

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
        _code.dec(Count);
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
        }

        AssemblerRegister64[] words = [Codes0, Codes1, Scales0, Scales1, Minima0, Minima1, X, Stride, Count, C, CRow]; // the order of IntegerBlock
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
                if (Zero == 0) continue;
                Start(zmm28, row, sub);
                _code.vpaddd(Sum(row, 0), Sum(row, 0), zmm28);
                _code.vpaddd(Sum(row, 1), Sum(row, 1), zmm28);
            }

            Steps(sub, 32);
            return;
        }

        for (var row = 0; row < _rows; row++)
        {
            if (Zero == 0) Clear(Sum(row, 0));
            else Start(Sum(row, 0), row, sub);
            _code.vmovdqa32(Sum(row, 1), Sum(row, 0));
        }

        Steps(sub, 0);
    }

    // What undoes the zero point: -128·Σq as the activations bring it, or a sixteenth of that.
    private void Start(AssemblerRegisterZMM to, int row, int sub)
    {
        var first = IsSixteen && sub == 0;
        _code.vpbroadcastd(to, __dword_ptr[Row(row, Tail + (first ? ActivationLayout.FirstHalfStart : ActivationLayout.Start))]);
        if (IsSixteen && sub == 1) _code.vpsubd(to, to, __dword_bcst[Row(row, Tail + ActivationLayout.FirstHalfStart)]);
        if (Zero == 8) _code.vpsrad(to, to, 4);
    }

    private void Steps(int sub, int plane)
    {
        if (!IsNibbles)
        {
            var (first, last) = IsSixteen ? (4 * sub, 4 * sub + 4) : (0, 8);
            for (var step = first; step < last; step++)
            {
                _code.vmovdqu32(zmm24, __zmmword_ptr[Codes0 + 64 * step]);
                _code.vmovdqu32(zmm25, __zmmword_ptr[Codes1 + 64 * step]);
                Fetch(plane, 64 * step);
                Dots(plane + 4 * step, zmm24, zmm25);
            }

            return;
        }

        for (var pair = 0; pair < 4; pair++)
        {
            _code.vmovdqu32(zmm26, __zmmword_ptr[Codes0 + 64 * pair]);
            _code.vmovdqu32(zmm27, __zmmword_ptr[Codes1 + 64 * pair]);
            Fetch(plane, 64 * pair);
            _code.vpandd(zmm24, zmm26, zmm31);
            _code.vpandd(zmm25, zmm27, zmm31);
            _code.vpsrld(zmm26, zmm26, 4);
            _code.vpsrld(zmm27, zmm27, 4);
            Dots(plane + 4 * pair, zmm24, zmm25);
            _code.vpandd(zmm26, zmm26, zmm31);
            _code.vpandd(zmm27, zmm27, zmm31);
            Dots(plane + 4 * (pair + 4), zmm26, zmm27);
        }
    }

    private void Fetch(int plane, int offset)
    {
        if (plane != 0) return;
        _code.prefetcht1(__[Codes0 + Ahead + offset]);
        _code.prefetcht1(__[Codes1 + Ahead + offset]);
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

    private void Numbers(AssemblerRegisterZMM to, AssemblerRegister64 address, int offset)
    {
        if (IsHalf) _code.vcvtph2ps(to, __ymmword_ptr[address + offset]);
        else _code.vmovups(to, __zmmword_ptr[address + offset]);
    }

    private void Scale(int sub)
    {
        Numbers(zmm24, Scales0, sub * NumberBytes);
        Numbers(zmm25, Scales1, sub * NumberBytes);
        _code.prefetcht1(__[Scales0 + Ahead]);
        _code.prefetcht1(__[Scales1 + Ahead]);
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
        Numbers(zmm24, Minima0, 0);
        Numbers(zmm25, Minima1, 0);
        _code.prefetcht1(__[Minima0 + Ahead]);
        _code.prefetcht1(__[Minima1 + Ahead]);
        for (var row = 0; row < _rows; row++)
        {
            _code.vfmadd231ps(Chain(row, 0), zmm24, __dword_bcst[Row(row, Tail + ActivationLayout.ScaledSum)]);
            _code.vfmadd231ps(Chain(row, 1), zmm25, __dword_bcst[Row(row, Tail + ActivationLayout.ScaledSum)]);
        }
    }

    private void Advance()
    {
        var codes = IsNibbles ? PanelLayout.BlockCodes / 2 : PanelLayout.BlockCodes;
        var scales = NumberBytes * (IsSixteen ? 2 : 1);
        _code.add(X, ActivationLayout.BlockBytes(_wide));
        _code.add(Codes0, codes);
        _code.add(Codes1, codes);
        _code.add(Scales0, scales);
        _code.add(Scales1, scales);
        if (!HasMinimum) return;
        _code.add(Minima0, NumberBytes);
        _code.add(Minima1, NumberBytes);
    }
}
