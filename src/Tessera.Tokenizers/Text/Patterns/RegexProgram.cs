namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// A regular expression as instructions for <see cref="RegexMatcher"/>. Repetitions with small bounds are written out; a repetition of one
/// character set is a single instruction.
/// </summary>
internal sealed class RegexProgram
{
    private const int MostInstructions = 50_000;

    private readonly List<Instruction> _code = [];
    private readonly string _file;
    private readonly string _place;

    private RegexProgram(string file, string place)
    {
        _file = file;
        _place = place;
    }

    /// <summary>What an instruction does.</summary>
    public enum Operation
    {
        /// <summary>One scalar of <see cref="Instruction.Set"/>.</summary>
        Set,

        /// <summary>A to B scalars of the set, as many as possible first.</summary>
        Run,

        /// <summary>Try A, then B.</summary>
        Split,

        /// <summary>Go to A.</summary>
        Jump,

        /// <summary>Remember the position in register A.</summary>
        Mark,

        /// <summary>Go to B if the position is still that of register A: an empty round ends a loop.</summary>
        LeaveIfEmpty,

        /// <summary>Check a position.</summary>
        Assert,

        /// <summary>The sub-program as an atomic group.</summary>
        Atomic,

        /// <summary>The sub-program must, or (A = 1) must not, match here.</summary>
        Ahead,

        /// <summary>The sub-program must, or (A = 1) must not, match the B scalars before.</summary>
        Behind,

        /// <summary>A match.</summary>
        Done,
    }

    /// <summary>The instructions.</summary>
    public Instruction[] Code { get; private set; } = [];

    /// <summary>The number of registers.</summary>
    public int Registers { get; private set; }

    /// <summary>Compiles a tree.</summary>
    public static RegexProgram Compile(RegexNode node, string file, string place)
    {
        var program = new RegexProgram(file, place);
        program.Emit(node);
        program.Add(new Instruction(Operation.Done));
        program.Code = [.. program._code];
        return program;
    }

    /// <summary>Which bytes a match can start with; null where it can be empty or starts with a condition.</summary>
    public static bool[]? FirstBytes(RegexNode node)
    {
        var bytes = new bool[256];
        return First(node, bytes) ? null : bytes;
    }

    private void Emit(RegexNode node)
    {
        switch (node)
        {
            case RegexNode.Empty: break;
            case RegexNode.Set set: Add(new Instruction(Operation.Set) { Set = set.Characters }); break;
            case RegexNode.Assertion assertion: Add(new Instruction(Operation.Assert, (int)assertion.Kind)); break;
            case RegexNode.Concatenation all:
                foreach (var part in all.Parts) Emit(part);
                break;
            case RegexNode.Alternation any: Emit(any); break;
            case RegexNode.Atomic atomic: Add(new Instruction(Operation.Atomic) { Program = Compile(atomic.Part, _file, _place) }); break;
            case RegexNode.Look { Behind: false } look: Add(new Instruction(Operation.Ahead, look.Negative ? 1 : 0) { Program = Compile(look.Part, _file, _place) }); break;
            case RegexNode.Look look: Behind(look); break;
            case RegexNode.Repeat repeat: Emit(repeat); break;
        }
    }

    private void Emit(RegexNode.Alternation any)
    {
        var exits = new List<int>();
        for (var i = 0; i < any.Parts.Count; i++)
        {
            if (i == any.Parts.Count - 1)
            {
                Emit(any.Parts[i]);
                break;
            }

            var split = Add(new Instruction(Operation.Split));
            _code[split] = _code[split] with { A = _code.Count };
            Emit(any.Parts[i]);
            exits.Add(Add(new Instruction(Operation.Jump)));
            _code[split] = _code[split] with { B = _code.Count };
        }

        foreach (var exit in exits) _code[exit] = _code[exit] with { A = _code.Count };
    }

    private void Emit(RegexNode.Repeat repeat)
    {
        if (repeat is { Part: RegexNode.Set set, Lazy: false })
        {
            Add(new Instruction(Operation.Run, repeat.Least, repeat.Most) { Set = set.Characters });
            return;
        }

        for (var i = 0; i < repeat.Least; i++) Emit(repeat.Part);
        if (repeat.Most == int.MaxValue)
        {
            var register = Registers++;
            var loop = Add(new Instruction(Operation.Split));
            Add(new Instruction(Operation.Mark, register));
            Emit(repeat.Part);
            var leave = Add(new Instruction(Operation.LeaveIfEmpty, register));
            Add(new Instruction(Operation.Jump, loop));
            _code[loop] = repeat.Lazy ? _code[loop] with { A = _code.Count, B = loop + 1 } : _code[loop] with { A = loop + 1, B = _code.Count };
            _code[leave] = _code[leave] with { B = _code.Count };
            return;
        }

        var splits = new List<int>();
        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            splits.Add(Add(new Instruction(Operation.Split)));
            Emit(repeat.Part);
        }

        foreach (var split in splits)
            _code[split] = repeat.Lazy ? _code[split] with { A = _code.Count, B = split + 1 } : _code[split] with { A = split + 1, B = _code.Count };
    }

    private void Behind(RegexNode.Look look)
    {
        var alternatives = look.Part is RegexNode.Alternation any ? any.Parts : [look.Part];
        // A positive look-behind tries its alternatives in turn; a negative one has to fail for all of them.
        var exits = new List<int>();
        for (var i = 0; i < alternatives.Count; i++)
        {
            if (Width(alternatives[i]) is not { } width) throw new UnsupportedFeatureException(_file, $"a look-behind of variable length in the regular expression at {_place}");
            var split = look.Negative || i == alternatives.Count - 1 ? -1 : Add(new Instruction(Operation.Split));
            if (split >= 0) _code[split] = _code[split] with { A = _code.Count };
            Add(new Instruction(Operation.Behind, look.Negative ? 1 : 0, width) { Program = Compile(alternatives[i], _file, _place) });
            if (split < 0) continue;
            exits.Add(Add(new Instruction(Operation.Jump)));
            _code[split] = _code[split] with { B = _code.Count };
        }

        foreach (var exit in exits) _code[exit] = _code[exit] with { A = _code.Count };
    }

    private int Add(Instruction instruction)
    {
        if (_code.Count >= MostInstructions) throw new ResourceLimitException("instructions of a regular expression", _code.Count + 1L, MostInstructions, _place);
        _code.Add(instruction);
        return _code.Count - 1;
    }

    /// <summary>The number of scalars that a part matches, where that is fixed.</summary>
    private static int? Width(RegexNode node) => node switch
    {
        RegexNode.Set => 1,
        RegexNode.Empty or RegexNode.Assertion or RegexNode.Look => 0,
        RegexNode.Atomic atomic => Width(atomic.Part),
        RegexNode.Repeat repeat => repeat.Least == repeat.Most && Width(repeat.Part) is { } width ? width * repeat.Least : null,
        RegexNode.Concatenation all => all.Parts.Aggregate((int?)0, static (sum, part) => sum + Width(part)),
        RegexNode.Alternation any => any.Parts.Select(Width).Distinct().Count() == 1 ? Width(any.Parts[0]) : null,
        _ => null,
    };

    /// <summary>Adds the bytes that a part can start with; true where it can match nothing, or where that is not known.</summary>
    private static bool First(RegexNode node, bool[] bytes)
    {
        switch (node)
        {
            case RegexNode.Set set:
                for (var c = 0; c < 128; c++) bytes[c] |= set.Characters.Contains(c);
                bytes.AsSpan(128).Fill(true); // what lies beyond ASCII is looked at, not predicted
                return false;
            case RegexNode.Concatenation all: return all.Parts.All(part => First(part, bytes));
            case RegexNode.Alternation any: return any.Parts.Aggregate(false, (empty, part) => First(part, bytes) || empty);
            case RegexNode.Atomic atomic: return First(atomic.Part, bytes);
            case RegexNode.Repeat repeat: return First(repeat.Part, bytes) || repeat.Least == 0;
            default: return true;
        }
    }

    /// <summary>One instruction.</summary>
    public sealed record Instruction(Operation Operation, int A = 0, int B = 0)
    {
        /// <summary>The set of a Set or Run.</summary>
        public CharacterSet? Set { get; init; }

        /// <summary>The sub-program of a group or look-around.</summary>
        public RegexProgram? Program { get; init; }
    }
}
