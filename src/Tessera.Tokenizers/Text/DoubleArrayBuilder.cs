using System.Numerics;

namespace Tessera.Tokenizers.Text;

/// <summary>
/// Lays a trie of sorted tokens out as a double array, node by node in breadth. Blocks of 256 places: the children of a node stand in one
/// block, so that no step leaves the array. A few blocks are open at a time; one that several nodes did not fit into is closed, which bounds
/// the search.
/// </summary>
internal sealed class DoubleArrayBuilder(Vocabulary tokens, int[] order, int skip, int mostNodes)
{
    private const int Block = 256, WordsPerBlock = Block / 64, MostOpen = 8, MostFailures = 8;

    private readonly List<int> _open = [];
    private readonly byte[] _labels = new byte[Block];
    private readonly int[] _ends = new int[Block];
    private ulong[] _units = [];
    private int[] _values = [];
    private ulong[] _free = []; // a bit per place
    private byte[] _failures = []; // per block
    private int _used; // blocks

    /// <summary>The units and the values by node.</summary>
    public (ulong[] Units, int[] Values) Build()
    {
        AddBlock();
        Take(0);
        _units[0] = Unit(-1, 0, false);
        var waiting = new Queue<(int Node, int Start, int End, int Depth)>();
        waiting.Enqueue((0, 0, order.Length, 0));
        var nodes = 1;
        while (waiting.TryDequeue(out var work))
        {
            var count = Children(work.Start, work.End, work.Depth, work.Node);
            if (count == 0) continue;
            nodes += count;
            if (nodes > mostNodes) throw new ResourceLimitException("nodes of a vocabulary's trie", nodes, mostNodes);
            var @base = Place(count);
            _units[work.Node] = _units[work.Node] & ~0xFFFF_FFFEul | (uint)@base << 1;
            var start = work.Start;
            while (start < work.End && tokens.Entry(order[start]).Length - skip == work.Depth) start++;
            for (var i = 0; i < count; i++)
            {
                var child = @base ^ _labels[i];
                Take(child);
                _units[child] = Unit(work.Node, 0, false);
                waiting.Enqueue((child, start, _ends[i], work.Depth + 1));
                start = _ends[i];
            }
        }

        return (_units, _values);
    }

    private static ulong Unit(int parent, int @base, bool hasValue) => (ulong)(uint)parent << 32 | (uint)@base << 1 | (hasValue ? 1u : 0);

    /// <summary>The labels and ends of a node's children; sets the node's value.</summary>
    private int Children(int start, int end, int depth, int node)
    {
        var count = 0;
        for (var i = start; i < end; i++)
        {
            var token = tokens.Entry(order[i]);
            if (token.Length - skip == depth)
            {
                _units[node] |= 1;
                _values[node] = tokens.IdOf(order[i]); // of equal tokens the last
                continue;
            }

            var label = token[skip + depth];
            if (count == 0 || _labels[count - 1] != label) _labels[count++] = label;
            _ends[count - 1] = i + 1;
        }

        return count;
    }

    /// <summary>A base from which all labels lead to free places of one block.</summary>
    private int Place(int count)
    {
        for (var i = 0; i < _open.Count; i++)
        {
            var block = _open[i];
            if (PlaceIn(block, count) is >= 0 and var found) return found;
            if (++_failures[block] >= MostFailures && _open.Count > 1) _open.RemoveAt(i--);
        }

        if (_open.Count >= MostOpen) _open.RemoveAt(0);
        AddBlock();
        return PlaceIn(_open[^1], count);
    }

    private int PlaceIn(int block, int count)
    {
        for (var word = 0; word < WordsPerBlock; word++)
        {
            for (var bits = _free[block * WordsPerBlock + word]; bits != 0; bits &= bits - 1)
            {
                var @base = (block * Block + 64 * word + BitOperations.TrailingZeroCount(bits)) ^ _labels[0];
                var i = 1;
                while (i < count && IsFree(@base ^ _labels[i])) i++;
                if (i == count) return @base;
            }
        }

        return -1;
    }

    private bool IsFree(int place) => (_free[place / 64] >> place & 1) != 0;

    private void Take(int place) => _free[place / 64] &= ~(1ul << place);

    private void AddBlock()
    {
        var block = _units.Length / Block;
        if (_used == block)
        {
            var blocks = Math.Max(4, 2 * block);
            Array.Resize(ref _units, blocks * Block);
            Array.Resize(ref _values, blocks * Block);
            Array.Resize(ref _free, blocks * WordsPerBlock);
            Array.Resize(ref _failures, blocks);
            for (var i = block * Block; i < _units.Length; i++) _units[i] = Unit(-1, 0, false);
        }

        for (var i = 0; i < WordsPerBlock; i++) _free[_used * WordsPerBlock + i] = ulong.MaxValue;
        _open.Add(_used++);
    }
}
