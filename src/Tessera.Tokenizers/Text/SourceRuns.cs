using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Text;

/// <summary>
/// Which source bytes each byte of a rewritten text came from, as runs: in one kind the text's bytes stand for as many source bytes, one
/// each; in the other all stand for the same source range. Most of any text stays as long as it was, so that runs are few.
/// </summary>
internal sealed class SourceRuns
{
    private const int Few = 256; // tokens; so few are not worth a method that is compiled at run time

    private Run[] _runs = new Run[16];
    private int _count;
    private int _current; // where the last question was answered; the next one is mostly close

    /// <summary>Forgets all runs.</summary>
    public void Clear() => _count = _current = 0;

    /// <summary>Forgets what was added for the bytes from a place on.</summary>
    public void Truncate(int length)
    {
        while (_count > 0 && _runs[_count - 1].At >= length) _count--;
        _current = 0;
    }

    /// <summary>Adds bytes that stand for source bytes one by one.</summary>
    /// <param name="at">Where in the text they start: behind what was added before.</param>
    /// <param name="source">The source byte of the first.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddEach(int at, int source)
    {
        if (_count > 0)
        {
            ref var last = ref _runs[_count - 1];
            if (last.End == Run.Each && last.Start + (at - last.At) == source) return;
        }

        Add(new Run(at, source, Run.Each));
    }

    /// <summary>Adds bytes that all stand for one source range.</summary>
    /// <param name="at">Where in the text they start: behind what was added before.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="start">Where the range starts.</param>
    /// <param name="end">Where it ends.</param>
    public void AddAll(int at, int count, int start, int end)
    {
        if (count == 1 && end == start + 1) AddEach(at, start);
        else if (_count == 0 || _runs[_count - 1].Start != start || _runs[_count - 1].End != end) Add(new Run(at, start, end));
    }

    /// <summary>Adds part of other runs.</summary>
    /// <param name="at">Where in this text the part starts.</param>
    /// <param name="from">The others.</param>
    /// <param name="start">Where in the others' text it starts.</param>
    /// <param name="length">Its length, not 0.</param>
    public void AddFrom(int at, SourceRuns from, int start, int length)
    {
        for (var (place, next) = (start, from.Find(start)); place < start + length; next++)
        {
            ref var run = ref from._runs[next];
            var end = next + 1 < from._count ? Math.Min(from._runs[next + 1].At, start + length) : start + length;
            if (run.End == Run.Each) AddEach(at + place - start, run.Start + place - run.At);
            else AddAll(at + place - start, end - place, run.Start, run.End);
            place = end;
        }
    }

    /// <summary>Where the source of a byte starts.</summary>
    public int StartOf(int index)
    {
        ref var run = ref _runs[Find(index)];
        return run.End == Run.Each ? run.Start + index - run.At : run.Start;
    }

    /// <summary>Where the source of a byte ends (exclusive).</summary>
    public int EndOf(int index)
    {
        ref var run = ref _runs[Find(index)];
        return run.End == Run.Each ? run.Start + index - run.At + 1 : run.End;
    }

    /// <summary>Turns bounds in the text into bounds in the source; mostly from left to right.</summary>
    /// <param name="from">Added to every bound first.</param>
    /// <param name="length">The text's length.</param>
    /// <param name="starts">Starts; one at the text's end stands for where the source of the text ends.</param>
    /// <param name="ends">Ends; an empty range stays one.</param>
    public void Locate(int from, int length, Span<int> starts, Span<int> ends)
    {
        if (starts.Length < Few) LocateEach(from, length, starts, ends);
        else LocateMany(from, length, starts, ends);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LocateMany(int from, int length, Span<int> starts, Span<int> ends) => LocateEach(from, length, starts, ends);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LocateEach(int from, int length, Span<int> starts, Span<int> ends)
    {
        ends = ends[..starts.Length];
        // In a run of one byte each, bounds only move.
        var (low, high, moved) = (0, 0, 0);
        for (var i = 0; i < starts.Length; i++)
        {
            var (start, end) = (from + starts[i], from + ends[i]);
            if (start >= low && start < high && end <= high)
            {
                (starts[i], ends[i]) = (start + moved, end + moved);
                continue;
            }

            starts[i] = start < length ? StartOf(start) : EndOf(start - 1);
            ends[i] = end > start ? EndOf(end - 1) : starts[i];
            ref var run = ref _runs[_current];
            (low, high, moved) = run.End == Run.Each ? (run.At, Math.Min(length, EndsAt(_current)), run.Start - run.At) : (0, 0, 0);
        }
    }

    private int Find(int index)
    {
        var at = _current;
        if (_runs[at].At > index) return _current = Search(index);
        if (EndsAt(at) > index) return at;
        return _current = EndsAt(at + 1) > index ? at + 1 : Search(index);
    }

    private int EndsAt(int run) => run + 1 < _count ? _runs[run + 1].At : int.MaxValue;

    private int Search(int index)
    {
        var (low, high) = (0, _count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].At <= index) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    private void Add(Run run)
    {
        if (_count == _runs.Length) Array.Resize(ref _runs, 2 * _count);
        _runs[_count++] = run;
    }

    /// <param name="At">Where in the text the run starts.</param>
    /// <param name="Start">The source byte of its first byte, or where the source range of all of them starts.</param>
    /// <param name="End">Where that range ends; <see cref="Each"/> for a byte each.</param>
    private readonly record struct Run(int At, int Start, int End)
    {
        public const int Each = -1;
    }
}
