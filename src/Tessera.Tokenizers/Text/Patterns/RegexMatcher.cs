using System.Buffers;
using Tessera.Tokenizers.Text.Unicode;
using Operation = Tessera.Tokenizers.Text.Patterns.RegexProgram.Operation;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// Runs a <see cref="RegexProgram"/> with leftmost-first semantics by backtracking. A match that takes long starts to remember its choice
/// points, which makes it polynomial (without captures a choice point that failed once fails again), and all of it runs on limited fuel.
/// The stack of choices is its own, so no pattern overflows the thread's.
/// </summary>
internal ref struct RegexMatcher
{
    // Steps of one attempt before choice points are remembered: ordinary patterns stay below, and pay nothing.
    private const int StepsBeforeMemory = 5_000, MostChoices = 1 << 24;

    private readonly ReadOnlySpan<byte> _text;
    private Choice[] _choices;
    private int _count;
    private HashSet<(int Run, int At, int Position)>? _failed;
    private int _runs;
    private int _steps;

    public RegexMatcher(ReadOnlySpan<byte> text, long fuel)
    {
        _text = text;
        Fuel = fuel;
        _choices = ArrayPool<Choice>.Shared.Rent(256);
    }

    /// <summary>The steps that are left.</summary>
    public long Fuel { get; private set; }

    /// <summary>The end of the match that starts at a position, or −1.</summary>
    /// <exception cref="ResourceLimitException">The fuel is used up.</exception>
    public int Match(RegexProgram program, int position)
    {
        _steps = 0;
        _failed?.Clear();
        return Run(program, position);
    }

    public readonly void Dispose() => ArrayPool<Choice>.Shared.Return(_choices);

    private int Run(RegexProgram program, int position)
    {
        var bottom = _count;
        var run = ++_runs;
        Span<int> registers = program.Registers <= 32 ? stackalloc int[32] : new int[program.Registers];
        registers.Fill(-1);
        var at = 0;
        while (true)
        {
            if (--Fuel < 0) throw new ResourceLimitException("steps of a regular expression", _steps + 1L, _steps, "The pattern takes far more steps than the text has characters.");
            _steps++;
            var instruction = program.Code[at];
            var next = at + 1;
            var holds = true;
            switch (instruction.Operation)
            {
                case Operation.Done:
                    _count = bottom;
                    return position;
                case Operation.Set:
                    holds = position < _text.Length && instruction.Set!.Contains(Utf8Text.Decode(_text, position, out var length));
                    if (holds) position += Utf8Text.LengthOf(_text[position]);
                    break;
                case Operation.Run:
                    holds = Greedy(instruction, next, ref position);
                    break;
                case Operation.Split:
                    holds = IsNew(run, at, position);
                    if (holds) Push(new Choice(instruction.B, position, -1, 0));
                    next = instruction.A;
                    break;
                case Operation.Jump:
                    next = instruction.A;
                    break;
                case Operation.Mark:
                    Push(new Choice(-1, 0, instruction.A, registers[instruction.A]));
                    registers[instruction.A] = position;
                    break;
                case Operation.LeaveIfEmpty:
                    if (registers[instruction.A] == position) next = instruction.B;
                    break;
                case Operation.Assert:
                    holds = Holds((RegexAssertion)instruction.A, position);
                    break;
                case Operation.Atomic:
                    var end = Run(instruction.Program!, position);
                    holds = end >= 0;
                    if (holds) position = end;
                    break;
                case Operation.Ahead:
                    holds = Run(instruction.Program!, position) >= 0 == (instruction.A == 0);
                    break;
                case Operation.Behind:
                    holds = MatchesBehind(instruction, position) == (instruction.A == 0);
                    break;
            }

            if (holds)
            {
                at = next;
                continue;
            }

            if (!Retreat(bottom, registers, run, out at, out position)) return -1;
        }
    }

    /// <summary>Takes as many scalars of a set as there are; the shorter takes stay behind as one choice.</summary>
    private bool Greedy(RegexProgram.Instruction instruction, int next, ref int position)
    {
        var (taken, least) = (0, position);
        var set = instruction.Set!;
        while (taken < instruction.B && position < _text.Length && set.Contains(Utf8Text.Decode(_text, position, out var length)))
        {
            position += length;
            taken++;
            if (taken == instruction.A) least = position;
        }

        if (taken < instruction.A) return false;
        Fuel -= taken;
        _steps += taken;
        if (position > least) Push(new Choice(next, position, -2, least));
        return true;
    }

    private bool Retreat(int bottom, scoped Span<int> registers, int run, out int at, out int position)
    {
        while (_count > bottom)
        {
            ref var choice = ref _choices[_count - 1];
            if (choice.Kind >= 0)
            {
                registers[choice.Kind] = choice.Value; // undo a Mark
                _count--;
                continue;
            }

            if (choice.Kind == -1)
            {
                (at, position) = (choice.At, choice.Position);
                _count--;
                return true;
            }

            // A greedy run gives back one scalar.
            Fuel--;
            Utf8Text.DecodeBefore(_text, choice.Position, out var length);
            position = choice.Position - length;
            at = choice.At;
            if (position <= choice.Value) _count--;
            else choice = choice with { Position = position };
            if (IsNew(run, at | 1 << 30, position)) return true;
        }

        (at, position) = (0, 0);
        return false;
    }

    private readonly bool Holds(RegexAssertion assertion, int position)
    {
        switch (assertion)
        {
            case RegexAssertion.TextStart: return position == 0;
            case RegexAssertion.TextEnd: return position == _text.Length;
            case RegexAssertion.TextEndOrLine: return position == _text.Length || position == _text.Length - 1 && _text[position] == '\n';
            case RegexAssertion.LineStart: return position == 0 || _text[position - 1] == '\n';
            case RegexAssertion.LineEnd: return position == _text.Length || _text[position] == '\n';
            default:
                var before = position > 0 && CharacterClass.IsWord(Utf8Text.DecodeBefore(_text, position, out _));
                var after = position < _text.Length && CharacterClass.IsWord(Utf8Text.Decode(_text, position, out _));
                return before != after == (assertion == RegexAssertion.WordBoundary);
        }
    }

    private bool MatchesBehind(RegexProgram.Instruction instruction, int position)
    {
        var start = position;
        for (var i = 0; i < instruction.B; i++)
        {
            if (start == 0) return false;
            Utf8Text.DecodeBefore(_text, start, out var length);
            start -= length;
        }

        return Run(instruction.Program!, start) == position;
    }

    /// <summary>Whether a choice point has not been tried before; remembered only once an attempt takes long.</summary>
    private bool IsNew(int run, int at, int position)
    {
        if (_steps < StepsBeforeMemory) return true;
        _failed ??= [];
        if (_failed.Count >= MostChoices) throw new ResourceLimitException("choice points of a regular expression", _failed.Count + 1L, MostChoices);
        return _failed.Add((run, at, position));
    }

    private void Push(Choice choice)
    {
        if (_count == _choices.Length)
        {
            if (_count >= MostChoices) throw new ResourceLimitException("choice points of a regular expression", _count + 1L, MostChoices);
            var larger = ArrayPool<Choice>.Shared.Rent(2 * _count);
            _choices.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<Choice>.Shared.Return(_choices);
            _choices = larger;
        }

        _choices[_count++] = choice;
    }

    /// <summary>What to do when the current way fails. Kind −1: go on at (At, Position); −2: a run that may shrink to Value; else restore a register.</summary>
    private readonly record struct Choice(int At, int Position, int Kind, int Value);
}
