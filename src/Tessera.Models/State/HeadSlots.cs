namespace Tessera.Models.State;

/// <summary>The pages of one KV head, in order, and how many slots of them hold rows. Pages behind the last used one are spare and unshared.</summary>
internal sealed class HeadSlots
{
    private Page[] _pages = [];

    internal int Count { get; set; }

    // Slots at the beginning of a pass that may have to be taken back.
    internal int Marked { get; set; }

    internal int PageCount { get; private set; }

    internal Page this[int page] => _pages[page];

    internal static int PagesFor(int slots) => (int)(((long)slots + PagePlane.Slots - 1) / PagePlane.Slots);

    internal void Add(Page page)
    {
        if (PageCount == _pages.Length) Array.Resize(ref _pages, Math.Max(4, PageCount * 2));
        _pages[PageCount++] = page;
    }

    // Makes room for rows, and makes the page that the next one goes to this head's own. May throw; what is here stays as it was.
    internal void Reserve(int rows, PagePool pool, int pageBytes)
    {
        var last = Count / PagePlane.Slots;
        if (Count % PagePlane.Slots != 0 && _pages[last].IsShared) Own(last, pool);
        for (var needed = PagesFor(checked(Count + rows)); PageCount < needed;) Add(pool.Rent(pageBytes));
    }

    internal unsafe Page Own(int index, PagePool pool)
    {
        var shared = _pages[index];
        if (!shared.IsShared) return shared;
        var copy = pool.Rent(shared.ByteLength);
        Buffer.MemoryCopy(shared.Data, copy.Data, copy.ByteLength, shared.ByteLength);
        _pages[index] = copy;
        pool.Release(shared);
        return copy;
    }

    // A second list over the same pages.
    internal HeadSlots Share()
    {
        var twin = new HeadSlots { Count = Count };
        for (var i = 0; i < PagesFor(Count); i++)
        {
            _pages[i].Share();
            twin.Add(_pages[i]);
        }

        return twin;
    }

    internal void Shorten(int count, PagePool pool)
    {
        Count = count;
        for (var needed = PagesFor(count); PageCount > needed;)
        {
            pool.Release(_pages[--PageCount]);
            _pages[PageCount] = null!;
        }
    }
}
